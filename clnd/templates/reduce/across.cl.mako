## The walk of reduce.cl.mako across the results, on either family: a vector holds neighbouring results. Names as there.
<%namespace name="piece" file="pieces.cl.mako"/>
<%namespace name="lanes" file="/lib/lanes.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    # Opens the block for each vector v of a task's results, and for each of those that are whole: the only loops over them.
    EACH_VECTOR = each("v", "vectors" if PANEL > 1 else 1, PANEL)
    EACH_WHOLE = each("v", "whole", PANEL)
    levels = LANES.bit_length() - 1
    # A GPU has one vector of results, whose levels are variables; a CPU has a panel a level.
    join = lambda a, b: e.typed(combine, acc_dtype, width, a=a, b=b)
%>
<%def name="fetch(lanes, z='z')">
## The vector v of results at the reduced element r, mapped. lanes: "all", "some" (the first m) or "any" number;
## z0, z1, ... (or another name) are the places of that element.
% for k in e.buffers:
<%
    t = e.input_memory(k)
    # One run of results: places follow from the first; else each vector's was computed.
    at = f"q{k}[0] + {z}{k} + (long)v * {width} * s{k}_0" if kept == 1 and not any_place else f"q{k}[v] + {z}{k}"
    some = str(width) if lanes == "all" else "m"
%>
                ${t} r${k};
%     if width == 1:
                r${k} = load_${t}(a${k}, ${at});
%     elif patterns[k] == "unit" and lanes == "all":
                r${k} = load_${t}(a${k}, ${at});
%     elif patterns[k] == "unit" and lanes == "some":
                r${k} = load_some_${t}(a${k}, ${at}, m);
%     elif patterns[k] == "unit":
                if (m == ${width}) r${k} = load_${t}(a${k}, ${at});
                else r${k} = load_some_${t}(a${k}, ${at}, m);
%     elif patterns[k] == "same":
                r${k} = spread_${t}(a${k}, ${at});
%     elif patterns[k] == "strided":
                r${k} = gather_${t}(a${k}, ${at}, s${k}_${kept - 1}, ${some});
%     else:
                {
                    long p${k}[${width}];
%       for i in range(width):
                    p${k}[${i}] = q${k}[v * ${width} + ${i}] + ${z}${k};
%       endfor
                    r${k} = pick_${t}(a${k}, p${k});
                }
%     endif
                const ${e.input_type(k)} x${k} = ${e.widened(k, f"r{k}")};
% endfor
${piece.number(f"({numbered})r", False)}
${piece.map_values(e)}
</%def>
%   if family == "cpu":
    const ${index} first_task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - first_task, chunk) + first_task;
    for (${index} task = first_task; task < end_task; task++) {
%   else:
    for (${index} task = get_global_id(0); task < tasks; task += (${index})get_global_size(0)) {
%   endif
        // Neighbouring tasks take neighbouring results, so that devices read whole lines.
        const ${index} panels = tasks / blocks;
        const ${index} block = task / panels;
        const ${index} result = (task - block * panels) * ${width * PANEL};
        const ${index} begin = block * ${BLOCK};
        const ${index} end = min(n - begin, (${index})${BLOCK}) + begin;
        const int here = (int)min((${index})${width * PANEL}, results - result);
        const int vectors = (here + ${width - 1}) / ${width};
        const int whole = here / ${width};
        // Places of this task's results: each one's where axes are short, else one a vector.
%   for k in e.buffers:
        long q${k}[${width * PANEL if any_place else PANEL}];
%   endfor
        ${each("v", f"vectors * {width}", PANEL * width) if any_place else EACH_VECTOR}
%   for k in e.buffers:
            long w${k} = o${k};
%   endfor
            const ${index} which = min(result + ${"v" if any_place else f"v * {width}"}, results - 1);
${piece.kept_offsets("which", "w")}
%   for k in e.buffers:
            q${k}[v] = w${k};
%   endfor
        }
        // One lane after the other: its elements lie LANES apart, each a run of results wide enough for
        // the prefetcher. A finished lane joins its finished neighbour at once, as a binary counter
        // carries: that is the tree of adjacent pairs with one panel kept a level.
        const int present = (int)min((${index})${LANES}, end - begin);
% if family == "gpu":
        ${acc_type.widened(width)} cur[1], ${", ".join(f"level{k}" for k in range(levels + 1))};
% else:
        ${acc_type.widened(width)} cur[${PANEL}], level[${(levels + 1) * PANEL}];
% endif
        ${each("l", "present" if LANES > 1 else 1, LANES)}
            for (${index} r = begin + l; r < end; r += ${LANES}) {
                const int first = r == begin + l;
%   if STREAMS > 1:
                // Several elements of the lane at once: memory is read in as many streams, and the
                // accumulators are loaded and stored once.
                if (!first && end - r > ${(STREAMS - 1) * LANES}) {
%     for u in range(STREAMS):
%       for k in e.buffers:
                    long z${u}_${k} = 0;
%       endfor
                    const ${index} r${u} = r + ${u * LANES};
${piece.reduced_offsets(f"r{u}", f"z{u}_")}
%     endfor
                    ${EACH_WHOLE}
                        ${acc_type.widened(width)} next = cur[v];
%     for u in range(STREAMS):
                        {
${fetch("all", f"z{u}_")}
                            next = ${e.typed(step, acc_dtype, width, acc="next", **values)};
                        }
%     endfor
                        cur[v] = next;
                    }
                    if (whole < vectors) {
                        const int v = whole, m = here - v * ${width};
%     for u in range(STREAMS):
                        {
${fetch("some", f"z{u}_")}
                            cur[v] = ${e.typed(step, acc_dtype, width, acc="cur[v]", **values)};
                        }
%     endfor
                    }
                    r += ${(STREAMS - 1) * LANES};
                    continue;
                }
%   endif
%   for k in e.buffers:
                long z${k} = 0;
%   endfor
${piece.reduced_offsets("r", "z")}
%   if len(e.recipe.steps) <= 6 and width > 1:
                // Whole vectors, with the test for the first round outside: the loop that counts.
                if (first) {
                    ${EACH_WHOLE}
${fetch("all")}
                        cur[v] = ${e.typed(start, acc_dtype, width, **values)};
                    }
                } else {
                    ${EACH_WHOLE}
${fetch("all")}
                        cur[v] = ${e.typed(step, acc_dtype, width, acc="cur[v]", **values)};
                    }
                }
                if (whole < vectors) {
                    const int v = whole;
                    const int m = here - v * ${width};
${fetch("some")}
${piece.accumulate("cur[v]", "first", width)}
                }
%   else:
                ${EACH_VECTOR}
                    const int m = min(${width}, here - v * ${width});
${fetch("any")}
${piece.accumulate("cur[v]", "first", width)}
                }
%   endif
            }
% if family == "gpu":
${lanes.finished("level{}".format, levels, "l", "cur[0]", join)}
        }
${lanes.all_of("level{}".format, levels, "present", "cur[0]", join)}
% else:
            int up = 0;
            for (int k = l; k & 1; k >>= 1) {
                ${EACH_VECTOR}
                    const ${acc_type.widened(width)} a = level[up * ${PANEL} + v], b = cur[v];
                    cur[v] = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
                }
                up++;
            }
            ${EACH_VECTOR}
                level[up * ${PANEL} + v] = cur[v];
            }
        }
        // The levels left, the smallest first: unpaired ends join what stands before them.
        int filled = 0;
        for (int up = 0; (present >> up) != 0; up++) {
            if (((present >> up) & 1) == 0) continue;
            ${EACH_VECTOR}
                const ${acc_type.widened(width)} a = level[up * ${PANEL} + v], b = cur[v];
                if (filled) cur[v] = ${e.typed(combine, acc_dtype, width, a="a", b="b")};
                else cur[v] = a;
            }
            filled = 1;
        }
% endif
        ${EACH_VECTOR}
            const int m = min(${width}, here - v * ${width});
${piece.store_lanes("cur[v]", lambda i: f"{i} < m", f"result + v * {width}", " * blocks + block")}
        }
    }
