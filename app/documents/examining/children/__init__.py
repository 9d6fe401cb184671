"""Programs that open what strangers made, each run by its path in a process with limits.

They import nothing of the portal. Standard input is the file, standard output one line of JSON.
"""
