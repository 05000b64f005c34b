## Stable sorts of rows, or of the places of their elements: by digits of 8 bits, the lowest first, and by networks.
##
## The result is unique by definition (docs/decisions/0007-order-of-keys.md): no launch, tile or way is part of it.
##
##   step    which kernel; each stands in a file of sort/, with its launch.
##           cpu: count and move, a digit each; rows: a row of any length by one item; lanes: short rows, one in each lane;
##           sample, part_count, part_move and parts: a long row is shared out by its highest bits first; firsts: what may be among
##           the first elements of rows
##           gpu: count, scan and move, a digit each; rows: a row, or a part of one, by one work-group
##   family  cpu: work-groups of one item. gpu: work-groups of L items
##   e       what is moved and stored (templates/sorting.py)
##   flip    an argument: 0, or all ones for the descending order
##   lanes   (cpu: lanes, part_* and firsts) rows, or elements, in a vector
##   shared  (cpu: count and move) whether a ruler may have shared out the row already
##   L, K    (gpu) items of a work-group, elements of an item
##
## A row has n elements. Operands begin at an offset, in elements; other buffers with their first element. A key is its unsigned
## integer, and the zeros are told apart: what is sorted by has them joined.
<%include file="sort/${family}_${step}.cl.mako"/>
