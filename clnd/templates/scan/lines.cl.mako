## The walk of scan.cl.mako over lines side by side, on either family: a vector holds one element of neighbouring lines. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    A, M = acc.widened(width), source.widened(width)
    # Opens the block for each vector v of a task's lines, and for each of those that are whole: the only loops over them.
    EACH = each("v", "vectors" if PANEL > 1 else 1, PANEL)
    EACH_WHOLE = each("v", "whole", PANEL)
    in_place = f"p + (long)r * s + (long)v * {width}" if unit else "p[v] + (long)r * s"
    out_place = f"q + (long)r * t + (long)v * {width}" if unit else "q[v] + (long)r * t"
    carry_place = f"(long)which * lines + first + (long)v * {width}"
    levelled = tree and phase != "totals"
    # A GPU has one vector of lines, and a variable for each level: nothing is indexed by what only the run knows.
    on_gpu = family == "gpu"
    assert not on_gpu or PANEL == 1
    sibling, above = ("run{}".format, "before{}".format) if on_gpu else ("run_[{}]".format, "before[{}]".format)
    first_before = above(0) if on_gpu else "before[v]"
%>
<%def name="push(level, value, count)">
## The total of a group joins its elder siblings; where it is the last of 16, theirs goes up a level.
            {
                int k = ${level};
                ${index} ended = ${count};
                ${EACH}
                    run_[k * ${PANEL} + v] = ${join(f"run_[k * {PANEL} + v]", value, width)};
                }
                while ((ended & 15) == 0) {
                    ${EACH}
                        const ${A} total = run_[k * ${PANEL} + v];
                        run_[k * ${PANEL} + v] = none;
                        run_[(k + 1) * ${PANEL} + v] = ${join(f"run_[(k + 1) * {PANEL} + v]", "total", width)};
                    }
                    k++;
                    ended >>= 4;
                }
% if levelled:
                for (; k > 0; k--) {
                    ${EACH}
                        before[(k - 1) * ${PANEL} + v] = ${join(f"before[k * {PANEL} + v]", f"run_[k * {PANEL} + v]", width)};
                    }
                }
% endif
            }
</%def>
<%def name="push_up(level, value, count)">
## The same from a level that is known, in registers.
% if level < levels:
            ${sibling(level)} = ${join(sibling(level), value, width)};
            if (((${count}) & 15) == 0) {
                const ${A} total${level} = ${sibling(level)};
                ${sibling(level)} = none;
%   if level + 1 < levels:
                const ${index} ended${level} = (${count}) >> 4;
${push_up(level + 1, f"total{level}", f"ended{level}")}
%   endif
%   if levelled:
                top = max(top, ${min(level + 1, levels - 1)});
%   endif
            }
% endif
</%def>
<%def name="push_from_1(value, count)">
            {
%   if levelled:
                int top = 1;
%   endif
${push_up(1, value, count)}
%   if levelled:
%     for k in range(levels - 1, 0, -1):
                if (top >= ${k}) ${above(k - 1)} = ${join(above(k), sibling(k), width)};
%     endfor
%   endif
            }
</%def>
<%def name="fetched(name, memory, pointer, place, m)">
## A vector, or its first m lanes.
% if width == 1 or m is None:
                    ${name} = load_${memory}(${pointer}, ${place});
% else:
                    ${name} = load_some_${memory}(${pointer}, ${place}, ${m});
% endif
</%def>
<%def name="element(m)">
## The element r of the lines of vector v, m of them (None: all).
                    ${M} raw;
${fetched("raw", M, "a", in_place, m)}
                    const ${A} x = ${read("raw", width)};
% if phase == "totals":
                    inside[v] = ${join("inside[v]", "x", width)};
% elif not tree:
                    if (r == begin) inside[v] = x;
                    else inside[v] = ${join("inside[v]", "x", width)};
                    const ${A} y = inside[v];
% elif exclusive:
                    const ${A} y = ${join(first_before, "inside[v]", width)};
                    inside[v] = ${join("inside[v]", "x", width)};
% else:
                    inside[v] = ${join("inside[v]", "x", width)};
                    const ${A} y = ${join(first_before, "inside[v]", width)};
% endif
% if phase != "totals":
<% value = f"float_to_half_{A}(y)" if half else "y" ; S = "ushort" + (str(width) if width > 1 else "") if half else str(A) %>
%   if width == 1 or m is None:
                    store_${S}(${value}, out, ${out_place});
%   else:
                    store_some_${S}(${value}, out, ${out_place}, ${m});
%   endif
% endif
</%def>
<%def name="elements()">
                ${EACH_WHOLE}
${element(None)}
                }
% if width > 1:
                if (whole < vectors) {
                    const int v = whole, m = here - whole * ${width};
${element("m")}
                }
% endif
</%def>
    ${piece.constant("none", neutral, width)}
% if family == "cpu":
    ${index} task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - task, chunk) + task;
    while (task < end_task) {
        // Tiles of a strip that follow one another are walked in one go.
        const ${index} strip = task / tiles, part = task - strip * tiles;
        const ${index} parts = ${"1" if phase == "totals" else "min(tiles - part, end_task - task)"};
        task += parts;
% else:
    for (${index} task = get_global_id(0); task < tasks; task += (${index})get_global_size(0)) {
        // Neighbours take neighbouring lines.
        const ${index} all = tasks / tiles;
        const ${index} part = task / all, strip = task - part * all;
        const ${index} parts = 1;
% endif
        const ${index} begin = part * tile, end = min(n - begin, parts * tile) + begin;
% if unit:
        const ${index} outer = strip / strips, column = (strip - outer * strips) * ${width * PANEL};
        const int here = (int)min((${index})${width * PANEL}, run - column);
        const ${index} first = outer * run + column;
        long p = o + (long)column, q = (long)column + (long)lead * t;
${piece.places("outer")}
% else:
        const ${index} first = strip * ${PANEL};
        const int here = (int)min((${index})${PANEL}, lines - first);
        long p[${PANEL}], q[${PANEL}];
        ${each("v", "here" if PANEL > 1 else 1, PANEL)}
            long at_p = o, at_q = (long)lead * t;
            {
                long p = 0, q = 0;
${piece.places("first + v")}
                at_p += p;
                at_q += q;
            }
            p[v] = at_p;
            q[v] = at_q;
        }
% endif
        const int vectors = (here + ${width - 1}) / ${width}, whole = here / ${width};
        ${A} inside[${PANEL}];
% if not tree:
        for (${index} r = begin; r < end; r++) {
${elements()}
        }
% else:
        // Of each level k, what stands before the group that is walked, and the running sum of its siblings on level k - 1.
%   if on_gpu:
        ${A} ${", ".join(f"{sibling(k)} = none" + (f", {above(k)} = none" if levelled else "") for k in range(levels))};
%   else:
        ${A} run_[${levels * PANEL}]${f", before[{levels * PANEL}]" if levelled else ""};
        ${each("k", levels, levels)}
            ${EACH}
                run_[k * ${PANEL} + v] = none;
%   if levelled:
                before[k * ${PANEL} + v] = none;
%   endif
            }
        }
%   endif
%   if phase == "scan" and family == "cpu":
        for (${index} which = 0; which < part; which++) {
            ${A} totals[${PANEL}];
            ${EACH_WHOLE}
                totals[v] = load_${A}(carry, ${carry_place});
            }
%     if width > 1:
            if (whole < vectors) {
                const int v = whole;
                totals[v] = load_some_${A}(carry, ${carry_place}, here - whole * ${width});
            }
%     endif
${push("depth", "totals[v]", "which + 1")}
        }
        const ${index} numbered_from = 0;
%   elif phase == "scan":
        const ${index} which = part;
        {
            const int v = 0;
            const ${A} front = load_${A}(carry, ${carry_place});
            ${" ".join(f"{above(k)} = front;" for k in range(levels))}
        }
        const ${index} numbered_from = begin;
%   else:
        const ${index} numbered_from = begin;
%   endif
        for (${index} start = begin; start < end; start += 16) {
            const ${index} stop = min(end - start, (${index})16) + start;
            ${EACH}
                inside[v] = none;
            }
            for (${index} r = start; r < stop; r++) {
${elements()}
            }
%   if on_gpu:
${push_from_1("inside[0]", "((start - numbered_from) >> 4) + 1")}
%   else:
${push("1", "inside[v]", "((start - numbered_from) >> 4) + 1")}
%   endif
        }
%   if phase == "totals":
        const ${index} which = part;
%     if on_gpu:
        // A tile of a GPU has two levels.
        const int v = 0;
        store_${A}(${sibling(2)}, carry, ${carry_place});
%     else:
        ${EACH_WHOLE}
            store_${A}(run_[depth * ${PANEL} + v], carry, ${carry_place});
        }
%     endif
%     if width > 1:
        if (whole < vectors) {
            const int v = whole;
            store_some_${A}(run_[depth * ${PANEL} + v], carry, ${carry_place}, here - whole * ${width});
        }
%     endif
%   endif
% endif
% if phase != "totals":
        if (lead && begin == 0) {
            ${piece.constant("front", initial)}
            for (int k = 0; k < here; k++) {
                const long at = ${"q + k" if unit else "q[k]"} - t;
${piece.store("front", "at")}
            }
        }
% endif
    }
