## The walk of scan.cl.mako along a line on a CPU: 16 vectors are transposed in registers, so that a lane has a group. Names as there.
## What is left of a line after the last whole block is walked element by element.
<%namespace name="piece" file="pieces.cl.mako"/>
<%namespace name="shuffles" file="/lib/shuffles.cl.mako"/>
<%! from clnd.templates.loops import each %>
<%
    A, M, R = acc.widened(width), source.widened(width), acc.real.widened(width)
    # Sums of complex numbers are those of their parts.
    parts = ("re", "im") if acc.is_complex else ("x",)
    sets = 16 // width
    LANES = "0123456789abcdef"
    joined = (lambda a, b, w: f"({a} + {b})") if acc.is_complex else join
    # Variable number k of a block holds vector k of memory, and after the transposition element k of every group.
    def rows(part):
        return [[f"{part}{c + sets * g}" for g in range(width)] for c in range(sets)]
    def by_element(part):
        return [name for one in rows(part) for name in one]
%>
<%def name="push(level, count)">
## total_re, ... join their elder siblings; where they are the last of 16, the siblings' total goes up a level.
            {
                int k = ${level};
                ${index} ended = ${count};
% for part in parts:
                run_${part}[k] = ${joined(f"run_{part}[k]", f"total_{part}", 1)};
% endfor
                while ((ended & 15) == 0) {
% for part in parts:
                    const ${acc.real} up_${part} = run_${part}[k];
                    run_${part}[k] = none_${part};
                    run_${part}[k + 1] = ${joined(f"run_{part}[k + 1]", f"up_{part}", 1)};
% endfor
                    k++;
                    ended >>= 4;
                }
                for (; k > 0; k--) {
% for part in parts:
                    before_${part}[k - 1] = ${joined(f"before_{part}[k]", f"run_{part}[k]", 1)};
% endfor
                }
            }
</%def>
% for part, value in zip(parts, neutral):
    const ${acc.real} none_${part} = (${acc.real})(${value});
% endfor
    ${index} task = (${index})get_group_id(0) * chunk;
    const ${index} end_task = min(tasks - task, chunk) + task;
    while (task < end_task) {
        // Tiles of a line that follow one another are walked in one go.
        const ${index} line = task / tiles, tile_number = task - line * tiles;
        const ${index} count = ${"1" if phase == "totals" else "min(tiles - tile_number, end_task - task)"};
        task += count;
        const ${index} begin = tile_number * tile, end = min(n - begin, count * tile) + begin;
        long p = o, q = (long)lead * t;
${piece.places("line")}
        // Of each level k, what stands before the group that is walked, and the running sum of its siblings on level k - 1.
% for part in parts:
        ${acc.real} run_${part}[${levels}], before_${part}[${levels}];
% endfor
        ${each("k", levels, levels)}
% for part in parts:
            run_${part}[k] = none_${part};
            before_${part}[k] = none_${part};
% endfor
        }
% if phase == "scan":
        for (${index} which = 0; which < tile_number; which++) {
            const ${acc} total = load_${acc}(carry, (long)line * pitch + which);
%   for part in parts:
            const ${acc.real} total_${part} = total${"." + part if acc.is_complex else ""};
%   endfor
${push("depth", "which + 1")}
        }
        const ${index} numbered_from = 0;
% else:
        const ${index} numbered_from = begin;
% endif
        ${index} r = begin;
        for (; end - r >= ${16 * width}; r += ${16 * width}) {
% for k in range(16):
            const ${A} e${k}_ = ${read(f"load_{M}(a, p + (long)r + {k * width})", width)};
%   for part in parts:
            ${R} ${part}${k} = e${k}_${"." + part if acc.is_complex else ""};
%   endfor
% endfor
% for part in parts:
%   for names in rows(part):
            ${shuffles.transposed(names, R, width)}
%   endfor
<% names = by_element(part) %>
%   for j in range(1, 16):
            ${names[j]} = ${joined(names[j - 1], names[j], width)};
%   endfor
            ${acc.real} sum_${part} = run_${part}[1];
%   if phase != "totals":
            const ${acc.real} up_${part} = before_${part}[1];
            ${R} front_${part};
%   endif
%   for g in range(width):
%     if phase != "totals":
            front_${part}.s${LANES[g]} = ${joined(f"up_{part}", f"sum_{part}", 1)};
%     endif
            sum_${part} = ${joined(f"sum_{part}", f"{names[15]}.s{LANES[g]}", 1)};
%   endfor
            run_${part}[1] = sum_${part};
%   if phase != "totals":
%     for j in range(16):
            ${names[j]} = ${joined(f"front_{part}", names[j], width)};
%     endfor
%     for some in rows(part):
            ${shuffles.transposed(some, R, width)}
%     endfor
%   endif
% endfor
% if phase != "totals":
%   for k in range(16):
            {
                ${A} y;
%     if acc.is_complex:
                y.re = re${k};
                y.im = im${k};
%     else:
                y = x${k};
%     endif
%     if half:
                store_ushort${width}(float_to_half_${A}(y), out, q + (long)r + ${k * width});
%     elif streams:
                STREAM(y, (__global ${A} *)(out + q + (long)r + ${k * width}));
%     else:
                store_${A}(y, out, q + (long)r + ${k * width});
%     endif
            }
%   endfor
% endif
            // The groups of a block have joined their siblings; the last of 16 sends their total up.
            const ${index} done = (r + ${16 * width} - numbered_from) >> 4;
            if ((done & 15) == 0) {
% for part in parts:
                const ${acc.real} total_${part} = run_${part}[1];
                run_${part}[1] = none_${part};
% endfor
${push("2", "done >> 4")}
            } else {
% for part in parts:
                before_${part}[0] = ${joined(f"before_{part}[1]", f"run_{part}[1]", 1)};
% endfor
            }
        }
% if phase != "totals":
        for (; r < end; r += 16) {
            const ${index} stop = min(end - r, (${index})16) + r;
%   for part in parts:
            ${acc.real} total_${part} = none_${part};
%   endfor
            for (${index} i = r; i < stop; i++) {
                const ${acc} value = ${read(f"load_{source}(a, p + (long)i)", 1)};
                ${acc} y;
%   for part in parts:
<% dot = "." + part if acc.is_complex else "" %>
                total_${part} = ${joined(f"total_{part}", f"value{dot}", 1)};
                y${dot} = ${joined(f"before_{part}[0]", f"total_{part}", 1)};
%   endfor
${piece.store("y", "q + (long)i")}
            }
${push("1", "((r - numbered_from) >> 4) + 1")}
        }
        if (lead && begin == 0) {
            ${piece.constant("front", initial)}
${piece.store("front", "q - t")}
        }
% else:
        ${acc} total;
%   for part in parts:
        total${"." + part if acc.is_complex else ""} = run_${part}[depth];
%   endfor
        store_${acc}(total, carry, (long)line * pitch + tile_number);
% endif
    }
% if streams:
    STREAMED();
% endif
