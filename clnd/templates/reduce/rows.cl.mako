## The walk of reduce.cl.mako along short rows on a CPU: as many rows at a time as a vector has lanes. A vector holds lanes of one row, or of
## several where a row has few, and each level of the tree joins pairs of two vectors in one, so that the last one has a result of each row
## in a lane. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    vector = acc_type.widened(width)
    lane_type = (vector.real if vector.is_complex else vector).int
    firsts = [sum(lanes[:p]) for p in range(len(lanes))]
    is_unrolled = len(e.recipe.steps) <= 6
    units = [k for k in e.buffers if patterns[k] == "unit"]
    # So many bytes ahead: the rows of a task are read at once, which is no stream that a core looks ahead in itself.
    FETCHED_AHEAD = 16384
%>
<%def name="load_lanes(k, q, v, careful)">\
## q elements from r on of each of the rows in vector v: as a vector. careful: of those that are there.
<%
    t, rows = e.input_memory(k), width // q
    part = t.widened(q)
    step = f"t{k}_{reduced - 1}"
    def of(s):
        at = f"q{k} + (long)({v} * {rows} + {s}) * s{k}_{kept - 1} + (long)r * {step}"
        if patterns[k] == "same":
            return f"spread_{part}(a{k}, {at})"
        if patterns[k] == "strided" and q > 1:
            return f"gather_{part}(a{k}, {at}, {step}, m)"
        return f"load_some_{part}(a{k}, {at}, m)" if careful and q > 1 else f"load_{part}(a{k}, {at})"
%>${of(0) if rows == 1 else f"({t})(" + ", ".join(of(s) for s in range(rows)) + ")"}\
</%def>
<%def name="fetch(q, v, number, careful)">
## Vector v of the lanes whose first element is r, mapped. ``number``: of the vector of a row that it is, which what is shared lies by.
% for k in e.buffers:
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"shared{k}[{number}]" if patterns[k] == "shared" else capture(load_lanes, k, q, v, careful))};
% endfor
${piece.number(f"({numbered})r", True, q)}
${piece.map_values(e)}
</%def>
<%def name="each_vector(q, careful, body)">
## body(v) for each of the q vectors that hold these lanes of all rows.
% if is_unrolled and not careful:
%   for v in range(q):
            {
${body(v)}
            }
%   endfor
% else:
            ${each("v", q, q)}
${body("v")}
            }
% endif
</%def>
<%def name="make_part(p, first, q, is_full, careful)">
## Vector p of each row's lanes, from ${first} on; is_full: of a row that has them all.
        {
            ${vector} row[${q}];
            {
                const int r = ${first}, m = min(${q}, length - r);
<%def name="begin(v)">
${fetch(q, v, p, careful)}
                row[${v}] = ${e.typed(start, acc_dtype, width, **values)};
</%def>
${each_vector(q, careful, begin)}
            }
%   if is_whole:
            for (int r = ${first} + ${LANES}; r < length; r += ${LANES}) {
                const int m = min(${width}, length - r);
<%def name="go_on(v)">
${fetch(q, v, f"r / {width}", careful)}
                const ${vector} next = ${e.typed(step, acc_dtype, width, acc=f"row[{v}]", **values)};
                row[${v}] = first_lanes_${vector}(m, next, row[${v}]);
</%def>
${each_vector(q, careful, go_on)}
            }
%   endif
            // Adjacent pairs, and what is left without one.
%   if not is_full:
            int left = length - ${first};
%   endif
%   for half in [q >> level for level in range(1, q.bit_length())]:
%     if is_full:
%       for v in range(half):
            {
                const ${vector} a = even_lanes_of_both_${vector}(row[${2 * v}], row[${2 * v + 1}]), b = odd_lanes_of_both_${vector}(row[${2 * v}], row[${2 * v + 1}]);
                row[${v}] = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
            }
%       endfor
%     else:
            {
                const ${lane_type} paired = (${lane_type})(${", ".join(str(j % half) for j in range(width))}) < (${lane_type})((${lane_type.scalar})(left >> 1));
%       for v in range(half):
                {
                    const ${vector} a = even_lanes_of_both_${vector}(row[${2 * v}], row[${2 * v + 1}]), b = odd_lanes_of_both_${vector}(row[${2 * v}], row[${2 * v + 1}]);
                    const ${vector} pair = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
                    row[${v}] = chosen_lanes_${vector}(paired, pair, a);
                }
%       endfor
                left = (left + 1) >> 1;
            }
%     endif
%   endfor
            part[${p}] = row[0];
        }
</%def>
<%def name="make_parts(careful)">
% if is_whole:
        ${each("p", len(lanes), len(lanes))}
${make_part("p", f"p * {width}", width, True, careful)}
        }
% else:
%   for p, q in enumerate(lanes):
${make_part(p, firsts[p], q, p < len(lanes) - 1, careful)}
%   endfor
% endif
</%def>
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
    const int length = (int)n;
    // Elements of a row that vectors reach, and what lies behind all rows.
    const int reach = ${f"(length + {width - 1}) / {width} * {width}" if is_whole else sum(lanes)};
% for k in units:
    const long beyond${k} = o${k} + max(0L, (long)(results - 1) * s${k}_${kept - 1}) + length;
% endfor
% for k in e.buffers:
%   if patterns[k] == "shared":
<%  t = e.input_memory(k) %>
    // What is the same for all rows is fetched once.
    ${t} shared${k}[${longest // width if is_whole else len(lanes)}];
%     for p, q in enumerate(lanes):
    shared${k}[${p}] = (${t})(${", ".join([f"load_some_{t.widened(q)}(a{k}, o{k} + {firsts[p]}, length - {firsts[p]})" if q > 1 else f"load_{t.widened(1)}(a{k}, o{k} + {firsts[p]})"] * (width // q))});
%     endfor
%     if is_whole:
    for (int v = ${len(lanes)}; v * ${width} < length; v++) shared${k}[v] = load_some_${t}(a${k}, o${k} + v * ${width}, length - v * ${width});
%     endif
%   endif
% endfor
    for (${index} task = first_task; task < end_task; task++) {
        // The last rows are fewer than a vector has lanes: it takes some of those before them along.
        const ${index} own = task * ${width}, result = min(own, results - ${width});
% for k in e.buffers:
        const long q${k} = o${k} + (long)result * s${k}_${kept - 1};
% endfor
% for k in ahead:
        for (long line = 0; line < (long)length * ${width * e.recipe.inputs[k].dtype.itemsize}; line += 64)
            PREFETCH((__global const char *)(a${k} + q${k}) + ${FETCHED_AHEAD} + line);
% endfor
        ${vector} part[${len(lanes)}];
        // Vectors may reach beyond a row, but not beyond the last one that there is.
        if (${" && ".join([f"q{k} + max(0L, {width - 1}L * s{k}_{kept - 1}) + reach <= beyond{k}" for k in units] or ["1"])}) {
${make_parts(False)}
        } else {
${make_parts(True)}
        }
<% names = [f"part[{p}]" for p in range(len(lanes))] %>
% while len(names) > 1:
%   for a, b in zip(names[::2], names[1::2]):
        {
            const ${vector} a = ${a}, b = ${b};
            ${a} = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
        }
%   endfor
<% names = names[::2] %>
% endwhile
% if not (places or half or acc_type.is_complex):
        if (own == result) {
            const ${vector} total = part[0];
            store_${stored.widened(width)}(${e.typed(finish, acc_dtype, width, total="total")}, out, (long)result);
            continue;
        }
% endif
${piece.store_lanes("part[0]", lambda i: f"result + {i} >= own", "result", "")}
    }
