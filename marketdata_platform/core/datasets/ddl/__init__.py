"""What is rendered from the datasets: tables of every engine, policies, the reference. Nothing is
run here.
"""
