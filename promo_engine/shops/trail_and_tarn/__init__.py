"""Trail & Tarn: a simulated outdoor shop, made from a seed, whose truth is known.

No person, product or order of it exists. It is called simulated wherever its numbers appear. Because its demand, price
elasticities and campaigns are ours, estimates can be held against what is true: `simulation.Simulation.truth`.
"""
