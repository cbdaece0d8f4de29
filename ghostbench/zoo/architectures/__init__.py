"""The networks in Keras 3, one file per family.

Every network takes a float image (1, H, W, 3) and returns logits, a detector one row of them for each box: the
literature's multiply-adds leave the softmax out, and its thousand exponentials cost next to nothing beside a network.
There is no preprocessing inside: what a runner times is the network alone.

Layers bear the names of timm's parameters with "_" for ".", so weights go from one to the other without a table.
"""
