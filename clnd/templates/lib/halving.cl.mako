## Searching in a sorted table by halving, for kernel templates, which take it in by <%namespace>. The order is that of keys: by value, -0
## equal to +0, NaN above all numbers. The number of steps follows from the table's length alone, so several searches go in step.
<%! from clnd.templates.loops import each %>

<%def name="precedes(x, y, compared)">\
% if str(compared) in ("float", "double"):
((${x} < ${y}) | ((${y} != ${y}) & (${x} == ${x})))\
% else:
(${x} < ${y})\
% endif
</%def>

<%def name="stands_before(element, sought, right, compared)">\
## Whether an element of the table stands before the place where what is sought would go: behind its equals (right) or before them.
% if right:
(!${precedes(sought, element, compared)})\
% else:
${precedes(element, sought, compared)}\
% endif
</%def>

<%def name="search(index, at, sought, count, element, length, right, compared)">
## at[j] becomes the place of sought[j], for ``count`` searches; ``element`` makes C of a place, and the table has ``length`` elements, one at least.
        {
            int shift = 0;
            while (${length} >> shift > 1) shift++;
            // The first 2^shift elements, or the last.
            const ${index} most = (${index})1 << shift, rest = ${length} - most;
% for j in range(count):
            const ${compared} sought${j} = ${sought}[${j}];
            ${index} at${j} = ${stands_before(element("(most - 1)"), f"sought{j}", right, compared)} ? rest : 0;
% endfor
            while (shift-- > 0) {
                const ${index} step = ((${index})1 << shift) - 1;
                // A shift is no branch, and no compiler makes one of it, which would be taken half of the time. Misses of all searches overlap.
% for j in range(count):
                at${j} += (${index})${stands_before(element(f"(at{j} + step)"), f"sought{j}", right, compared)} << shift;
% endfor
            }
% for j in range(count):
            ${at}[${j}] = at${j} + (${index})${stands_before(element(f"at{j}"), f"sought{j}", right, compared)};
% endfor
        }
</%def>
