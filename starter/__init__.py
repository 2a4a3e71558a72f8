"""How the starter model is made: its small world, its training and its measurement. Not part of the program."""
