"""The pages for people: rendered here, readable without scripts, live with one small one."""
