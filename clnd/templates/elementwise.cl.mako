## A fused chain of elementwise operations over operands of any layout.
##
##   e         the recipe at this kernel's vector width (kernels/emit.py)
##   patterns  for each buffer input how it is walked:
##             flat   element i of the result reads element i (contiguous)
##             one    a single element for all
##             unit, same, strided   (rows) along the last axis: next element, the same, a stride away
##             tiled  (table) as long as a row, and the same for all rows
##             repeat (table) an element for each row
##             along  (rows) any of these, found out at run time: one kernel for small arrays of any layout
##             any    (index) each element's place is computed
##             moved  read elsewhere, by a rule for each axis
##             seams  (rows) the same, and between the seams of the last axis the next element
##             Of a table these say where an element's own place in it is, from which displacements count; one: the same for
##             all, along: (rows) at run time; row: (rows) as unit, and the displacement is the same along a row
##   mode      flat: no places to compute; rows: runs along the last axis; index: any axes, short rows; table: (CPU) two axes, of which
##             the last has at most table_row elements, walked as one run;
##             inset: the recipe in a box of the result, around it what an array b of its shape holds; rows on a CPU, else any
##   rank      axes left after collapsing (rows, index and inset)
##   moves     the rules of inputs that are read elsewhere along the axes (kernels/moves.py)
##   WIDTH     elements a vector: on a CPU as many as fit, on a GPU the tunable, or 1 in mode index
##   aligned   (GPU) whether flat inputs begin at multiples of WIDTH elements; results do
##   family    cpu: one work-item a work-group takes a contiguous chunk; gpu: items stride the grid
##   index     uint or ulong, the type that counts elements; signed_index its signed twin
##   twice     recipes of up to so many steps are written twice, for whole vectors and for the ragged end
##   placed    the buffer inputs whose place must be computed
##   streams   (CPU: flat, table) whether results are larger than caches, and whole vectors are written past them
##   steady    (rows) the inputs and steps that are the same along a row and computed once for each, where a table is read by rows
##   output_storage   the C scalar in memory of each output
##
## Results are contiguous. Launch: cpu (ceil(n / chunk),) groups of 1; gpu any number of groups.
<%namespace name="axes" file="/lib/index.cl.mako"/>
<%!
    def walked(placed, moves):
        """The inputs whose places are counted up."""
        return [k for k in placed if k not in moves]

    def filled(e, moves):
        """The inputs that some elements lie outside of."""
        return [k for k in moves if e.recipe.inputs[k].fill >= 0]
%>
<%def name="fetch(k, lanes)">
## One input into x_k: whole vectors where all lanes are there, else the lanes that are.
<%
    t = e.input_memory(k)
    pattern = patterns[k]
    at = f"o{k} + i" if pattern == "flat" else f"p{k} + col"
    place = f"p{k}"
    by_rows = mode == "rows" and family == "cpu"
    load = "load_aligned" if aligned and pattern == "flat" else "load"
    pattern = "any" if pattern == "moved" and not by_rows else "unit" if pattern == "seams" else pattern
%>
        ${t} r${k};
% if pattern == "one":
        r${k} = u${k};
% elif WIDTH == 1 and pattern == "flat":
        r${k} = load_${t}(a${k}, ${at});
% elif WIDTH == 1:
        r${k} = load_${t}(a${k}, p${k}[0]);
% elif pattern in ("flat", "unit") and lanes == "all":
        r${k} = ${load}_${t}(a${k}, ${at});
% elif pattern in ("flat", "unit") and lanes == "some":
        r${k} = load_some_${t}(a${k}, ${at}, m);
% elif pattern in ("flat", "unit"):
        if (m == ${WIDTH}) r${k} = ${load}_${t}(a${k}, ${at});
        else r${k} = load_some_${t}(a${k}, ${at}, m);
% elif pattern == "tiled":
        r${k} = *(u_${t} *)((${t.scalar} *)tile${k} + col);
% elif pattern == "repeat":
        r${k} = spread_${t}(a${k}, o${k} + (long)row * s${k}_0);
        // A vector that ends in the next row.
        if ((int)d1 - col < ${"m" if lanes != "all" else WIDTH}) r${k} = first_lanes_${t}((int)d1 - col, r${k}, spread_${t}(a${k}, o${k} + (long)(row + 1) * s${k}_0));
% elif pattern == "same":
        r${k} = spread_${t}(a${k}, ${place});
% elif pattern == "strided":
        r${k} = gather_${t}(a${k}, ${place} + (long)col * s${k}_${rank - 1}, s${k}_${rank - 1}, m);
% elif pattern in ("along", "moved"):
<% step = f"t{k}" if k in moves else f"s{k}_{rank - 1}" %>
        if (${step} == 1) {
%   if lanes == "all":
            r${k} = load_${t}(a${k}, ${at});
%   elif lanes == "some":
            r${k} = load_some_${t}(a${k}, ${at}, m);
%   else:
            if (m == ${WIDTH}) r${k} = load_${t}(a${k}, ${at});
            else r${k} = load_some_${t}(a${k}, ${at}, m);
%   endif
        } else if (${step} == 0) r${k} = spread_${t}(a${k}, ${place});
        else r${k} = gather_${t}(a${k}, ${place} + (long)col * ${step}, ${step}, m);
% else:
        r${k} = pick_${t}(a${k}, ${place});
% endif
<% fill = e.recipe.inputs[k].fill %>
% if fill < 0:
        const ${e.input_type(k)} x${k} = ${e.widened(k, f"r{k}")};
% else:
        ${e.input_type(k)} x${k} = ${e.widened(k, f"r{k}")};
%   if by_rows or WIDTH == 1:
        if (!in${k}[0]) x${k} = c${fill};
%   else:
%     for lane in range(WIDTH):
%       for part in (".re", ".im") if e.input_type(k).is_complex else ("",):
        if (!in${k}[${lane}]) x${k}${part}.s${f"{lane:x}"} = c${fill}${part}.s${f"{lane:x}"};
%       endfor
%     endfor
%   endif
% endif
</%def>
<%
def value_names(lanes):
    """The inputs as C: constants, values that were fetched, and what reads tables."""
    return [
        f"c{k}" if e.is_scalar(k) else e.look_up(k, patterns[k], rank, lanes) if k in e.tables else f"x{k}" for k in e.inputs
    ]
%>
<%def name="element(lanes)">
## The recipe on one vector. lanes: "all" are there, "some" (the first m), or "any" number.
<%
    names = value_names(lanes)
    lines, results = e.steps(names)
    if steady:
        _, lines = e.steps_of_rows(names, steady)
%>
        const int m = ${str(WIDTH) if WIDTH == 1 or lanes == "all" else f"(int)min(({index}){WIDTH}, stop - i)"};
% for k in e.buffers:
%   if k not in e.tables and not (k in steady and patterns[k] == "same"):
${fetch(k, lanes)}
%   endif
% endfor
% for line in lines:
        ${line}
% endfor
% for j, dtype in enumerate(e.recipe.output_dtypes):
<% t = e.memory_type(dtype); v = e.narrowed(dtype, results[j]) %>
%   if WIDTH > 1 and lanes == "some":
        store_some_${t}(${v}, out${j}, i, m);
%   elif WIDTH > 1 and lanes == "any":
        if (m == ${WIDTH}) ${"store_aligned" if family == "gpu" else "store"}_${t}(${v}, out${j}, i);
        else store_some_${t}(${v}, out${j}, i, m);
%   elif streams and WIDTH > 1 and not t.is_complex:
        STREAM(${v}, (__global ${t} *)(out${j} + i));
%   else:
        ${"store_aligned" if family == "gpu" and WIDTH > 1 else "store"}_${t}(${v}, out${j}, i);
%   endif
% endfor
</%def>
<%def name="advance(d)">
## The odometer: the next element in row-major order.
%   if d == 0:
            at0 += 1;
%     for k in walked(placed, moves):
            q${k} += s${k}_0;
%     endfor
%   else:
            if (at${d} + 1 < d${d}) {
                at${d} += 1;
%     for k in walked(placed, moves):
                q${k} += s${k}_${d};
%     endfor
            } else {
%     for k in walked(placed, moves):
                q${k} -= (long)at${d} * s${k}_${d};
%     endfor
                at${d} = 0;
${advance(d - 1)}
            }
%   endif
</%def>
<%def name="copied(to)">
## What the array around the box holds, from i to the element numbered ${to}.
<% t = e.memory_type(e.recipe.output_dtypes[0]) %>
        for (; i + ${WIDTH} <= ${to}; i += ${WIDTH}) store_${t}(load_${t}(b, ob + i), out0, i);
% if WIDTH > 1:
        if (i < ${to}) {
            store_some_${t}(load_some_${t}(b, ob + i, (int)(${to} - i)), out0, i, (int)(${to} - i));
            i = ${to};
        }
% endif
</%def>
<%def name="add_steps_within(count, suffix)">
## Take rest apart into the first `count` axes; how far within the box each place is adds to the operands' places.
%   for d in reversed(range(count)):
        {
${axes.last_place(index, "rest", f"d{d}" if d else None)}
            inside = inside && at >= from${d} && at - from${d} < count${d};
%     for k in placed:
            p${k}${suffix} += ((long)at - (long)from${d}) * s${k}_${d};
%     endfor
        }
%   endfor
</%def>
<%def name="add_steps(count, targets)">
## Take rest apart into the first `count` axes, and add each one's step to the places in targets.
${axes.add_steps(index, "rest", [(f"d{d}", [(targets % k, f"s{k}_{d}", *([moves[k][d].place("at")] if k in moves else [])) for k in placed] + [f"in{k}[0] &= {moves[k][d].inside('at')};" for k in filled(e, moves) if moves[k][d].inside("at")]) for d in range(count)])}
</%def>
<%def name="begin_run(k)">
## Where a run of an input begins that is moved along the last axis, and where its next seam is.
<% last = moves[k][rank - 1] %>
%   if patterns[k] == "moved":
        const long t${k} = (long)${last.step("col")} * s${k}_${rank - 1};
        p${k} += (long)${last.place("col")} * s${k}_${rank - 1} - (long)col * t${k};
%   else:
        p${k} += (long)${last.place("col")} - (long)col;
%   endif
%   if last.left("col"):
        stop = min(stop, i + (${index})${last.left("col")});
%   endif
%   if last.inside("col"):
        in${k}[0] &= ${last.inside("col")};
%   endif
</%def>
<%namespace name="cache" file="/lib/cache.cl.mako"/>
% if streams:
${cache.streams()}
% endif
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void elementwise(
% for parameter in e.buffer_parameters():
    ${parameter},
% endfor
% if mode == "inset":
    __global const ${output_storage[0]} *b, const long ob,
% endif
% for parameter in e.scalar_parameters():
    ${parameter},
% endfor
% for j, storage in enumerate(output_storage):
    __global ${storage} *out${j},
% endfor
% if mode != "flat":
%   for name in ("d", "from", "count") if mode == "inset" else ("d",):
%     for d in range(rank):
    const ${index} ${name}${d},
%     endfor
%   endfor
%   for k in placed:
%     for d in range(rank):
    const ${signed_index} s${k}_${d},
%     endfor
%   endfor
% endif
    const ${index} n, const ${index} chunk)
{
% for line in e.constants():
    ${line}
% endfor
% for k in e.buffers:
%   if patterns[k] == "one" and k not in e.tables:
    const ${e.input_memory(k)} u${k} = ${f"spread_{e.input_memory(k)}" if WIDTH > 1 else f"load_{e.input_memory(k)}"}(a${k}, o${k});
%   endif
% endfor
% if family == "cpu":
    ${index} i = (${index})get_group_id(0) * chunk;
    const ${index} end = min(n - i, chunk) + i;
% else:
    ${index} i = (${index})get_global_id(0) * ${WIDTH};
    const ${index} end = n;
    const ${index} stride = (${index})get_global_size(0) * ${WIDTH};
% endif
% if mode == "flat":
    const ${index} stop = end;
%   if family == "cpu" and len(e.recipe.steps) <= twice:
    for (; end - i >= ${WIDTH}; i += ${WIDTH}) {
${element("all")}
    }
    if (i < end) {
${element("some")}
    }
%   else:
    // A long recipe is written once: the test of the lanes is small beside it.
    while (i < end) {
${element("any")}
        if (end - i <= ${str(WIDTH) if family == "cpu" else "stride"}) break;
        i += ${str(WIDTH) if family == "cpu" else "stride"};
    }
%   endif
% elif mode == "table":
    const ${index} stop = end;
    ${index} row = i / d1;
    int col = (int)(i - row * d1);
%   for t in sorted({e.input_memory(k) for k in placed if patterns[k] == "tiled"}, key=str):
    typedef ${t} __attribute__((aligned(${t.bits // 8}))) u_${t};
%   endfor
%   for k in placed:
%     if patterns[k] == "tiled":
<% t = e.input_memory(k) %>
    // A row again and again, so far that a vector can begin at each of its elements.
    ${t} tile${k}[${table_row // WIDTH + 2}];
    for (int c = 0, of = 0; c < (int)d1 + ${WIDTH}; c++, of = of + 1 == (int)d1 ? 0 : of + 1) ((${t.scalar} *)tile${k})[c] = a${k}[o${k} + of];
%     endif
%   endfor
    const int rows = ${WIDTH} / (int)d1, columns = ${WIDTH} % (int)d1;
%   if len(e.recipe.steps) <= twice:
    for (; end - i >= ${WIDTH}; i += ${WIDTH}) {
${element("all")}
        col += columns;
        row += rows + (col >= (int)d1);
        if (col >= (int)d1) col -= (int)d1;
    }
    if (i < end) {
${element("some")}
    }
%   else:
    while (i < end) {
${element("any")}
        if (end - i <= ${WIDTH}) break;
        i += ${WIDTH};
        col += columns;
        row += rows + (col >= (int)d1);
        if (col >= (int)d1) col -= (int)d1;
    }
%   endif
% elif mode == "inset" and family == "cpu":
    while (i < end) {
        // A run ends with its row or with the chunk: before the box, in it, behind it.
        ${index} rest = i / d${rank - 1};
        const ${index} row = rest * d${rank - 1};
        const ${index} last = min(end, row + d${rank - 1});
        bool inside = true;
%   for k in placed:
        long p${k} = o${k};
%   endfor
${add_steps_within(rank - 1, "")}
        const ${index} first = inside ? clamp(row + from${rank - 1}, i, last) : last;
        const ${index} stop = inside ? clamp(row + from${rank - 1} + count${rank - 1}, first, last) : last;
${copied("first")}
        ${index} col = i - row - from${rank - 1};
%   if len(e.recipe.steps) <= twice:
        for (; stop - i >= ${WIDTH}; i += ${WIDTH}, col += ${WIDTH}) {
${element("all")}
        }
        if (i < stop) {
${element("some")}
        }
%   else:
        while (i < stop) {
${element("any")}
            if (stop - i <= ${WIDTH}) break;
            i += ${WIDTH};
            col += ${WIDTH};
        }
%   endif
        i = stop;
${copied("last")}
    }
% elif mode == "inset":
    const ${index} stop = end;
    while (i < end) {
%   for k in placed:
        long p${k}[1] = { o${k} };
%   endfor
        ${index} rest = i;
        bool inside = true;
${add_steps_within(rank, "[0]")}
        if (inside) {
${element("any")}
        } else {
<% t = e.memory_type(e.recipe.output_dtypes[0]) %>
            store_${t}(load_${t}(b, ob + i), out0, i);
        }
        if (end - i <= stride) break;
        i += stride;
    }
% elif mode == "rows":
    while (i < end) {
        // A run ends with its row or with the chunk.
        ${index} rest = i / d${rank - 1};
        ${index} col = i - rest * d${rank - 1};
        ${"" if moves else "const "}${index} stop = min(end, i + (d${rank - 1} - col));
%   for k in placed:
        long p${k} = o${k};
%   endfor
%   for k in filled(e, moves):
        int in${k}[1] = { 1 };
%   endfor
${add_steps(rank - 1, "p%d")}
%   for k in e.buffers:
%     if k in steady and patterns[k] == "same":
${fetch(k, "all")}
%     endif
%   endfor
%   for line in e.steps_of_rows(value_names("all"), steady)[0] if steady else ():
        ${line}
%   endfor
%   for k in moves:
${begin_run(k)}
%   endfor
%   if len(e.recipe.steps) <= twice:
        for (; stop - i >= ${WIDTH}; i += ${WIDTH}, col += ${WIDTH}) {
${element("all")}
        }
        if (i < stop) {
${element("some")}
        }
%   else:
        for (;;) {
${element("any")}
            if (stop - i <= ${WIDTH}) break;
            i += ${WIDTH};
            col += ${WIDTH};
        }
%   endif
        i = stop;
    }
% elif family == "gpu":
    const ${index} stop = end;
    while (i < end) {
%   for k in placed:
        long p${k}[1] = { o${k} };
%   endfor
%   for k in filled(e, moves):
        int in${k}[1] = { 1 };
%   endfor
        ${index} rest = i;
${add_steps(rank, "p%d[0]")}
${element("any")}
        if (end - i <= stride) break;
        i += stride;
    }
% else:
    // Short rows: the place of each lane by counting up, as an odometer does; no divisions.
    ${index} rest0 = i;
%   for d in reversed(range(rank)):
${axes.last_place(index, "rest0", f"d{d}" if d else None, d, qualifier="")}
%   endfor
%   for k in walked(placed, moves):
    long q${k} = o${k};
%     for d in range(rank):
    q${k} += (long)at${d} * s${k}_${d};
%     endfor
%   endfor
    const ${index} stop = end;
    while (i < end) {
%   for k in placed:
        long p${k}[${WIDTH}];
%   endfor
%   for k in filled(e, moves):
        int in${k}[${WIDTH}];
%   endfor
%   for lane in range(WIDTH):
%     for k in walked(placed, moves):
        p${k}[${lane}] = q${k};
%     endfor
%     for k in moves:
        p${k}[${lane}] = o${k}${"".join(f" + (long){moves[k][d].place(f'at{d}')} * s{k}_{d}" for d in range(rank))};
%     endfor
%     for k in filled(e, moves):
        in${k}[${lane}] = ${" & ".join(["1", *(moves[k][d].inside(f"at{d}") for d in range(rank) if moves[k][d].inside(f"at{d}"))])};
%     endfor
        if (i + ${lane + 1} < end) {
${advance(rank - 1)}
        }
%   endfor
${element("any")}
        if (end - i <= ${WIDTH}) break;
        i += ${WIDTH};
    }
% endif
% if streams:
    STREAMED();
% endif
}
