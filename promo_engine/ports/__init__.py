"""What the services need from the outside: storage, models, the studio."""
