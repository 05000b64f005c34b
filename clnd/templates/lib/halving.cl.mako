## Searching in a sorted table by halving, for kernel templates, which take it in by <%namespace>. The order is that of keys: by value, -0
## equal to +0, NaN above all numbers. The number of steps follows from the table's length alone, so several searches go in step.
<%! from clnd.templates.loops import each %>

<%def name="precedes(x, y, is_float)">\
% if is_float:
((${x} < ${y}) | ((${y} != ${y}) & (${x} == ${x})))\
% else:
(${x} < ${y})\
% endif
</%def>

<%def name="stands_before(element, sought, right, is_float)">\
## Whether an element of the table stands before the place where what is sought would go: behind its equals (right) or before them.
% if right:
(!${precedes(sought, element, is_float)})\
% else:
${precedes(element, sought, is_float)}\
% endif
</%def>

<%def name="search(index, at, sought, count, element, length, right, is_float)">
## at[j] becomes the place of sought[j], for ``count`` searches; ``element`` makes C of a place, and the table has ``length`` elements, one at least.
        {
            ${each("j", count, count)}
                ${at}[j] = 0;
            }
            for (${index} left = ${length}; left > 1;) {
                const ${index} half_of_it = left >> 1;
                // No branch, which would be taken half of the time; misses of all searches overlap.
                ${each("j", count, count)}
                    ${at}[j] += half_of_it & (0 - (${index})${stands_before(element(f"({at}[j] + half_of_it - 1)"), f"{sought}[j]", right, is_float)});
                }
                left -= half_of_it;
            }
            ${each("j", count, count)}
                ${at}[j] += (${index})${stands_before(element(f"{at}[j]"), f"{sought}[j]", right, is_float)};
            }
        }
</%def>
