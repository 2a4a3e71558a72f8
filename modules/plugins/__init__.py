"""Extensions: find and load script files, the Script base class, and the runner that calls them."""
