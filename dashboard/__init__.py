"""What people see: three screens on one server, made of panels that only ask the query layer."""
