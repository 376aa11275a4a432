"""The strategy studio: from sales history to promotion plans.

`history` reads the sales, `report` makes pages with pictures, `commands` holds one command a capability. Errors:

    StrategyError                 the work cannot be done; the message is one line for the person who asked
    ├── TooLittleHistory          not enough sales to learn from; carries what there is and what is needed
    └── UnknownThing              no such category, customer, product …; carries what was asked for
"""
