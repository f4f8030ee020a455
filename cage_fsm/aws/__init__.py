"""One thin typed class per AWS service, with only the calls in use."""
