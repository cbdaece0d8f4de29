"""How many labelled images a model file gets right."""
