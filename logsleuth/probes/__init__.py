"""Small experiments on this machine, each in a child with limits of time and memory. In: a subject. Out: results."""
