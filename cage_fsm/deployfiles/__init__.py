"""service.json and task-definition.json: reading, substitution, validation."""
