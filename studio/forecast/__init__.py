"""What each category will sell in the coming weeks, with intervals.

`panel` is the history as arrays with what is known ahead; `models` names all ways to forecast; `rolling` plays them
over the past; `combination` weighs them by how they did and makes intervals; `outlook` puts it together.
"""
