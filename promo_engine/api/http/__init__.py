"""What every endpoint is made of: schemas, errors, the OpenAPI document."""
