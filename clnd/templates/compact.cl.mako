## Compaction: the elements where a mask is true, or their places, in row-major order. Three launches, and the host reads the
## count after the second: `starts` then has, for each part of the mask, how many are true before it, and at the end how many in all.
##
##   stage    count: starts[part] = trues of the part; starts: their running sums, in place; write: the results
##   what     (write) elements: out gets the elements of a; places: out0, out1, ... get the places along each axis
##   element  (elements) uchar, ushort, uint, ulong or ulong2, by the element's size
##   rank     (places) axes of the mask
##   family   cpu: work-groups of one item, a part is a chunk of consecutive elements. gpu: a part is a tile of
##            LOCAL * per elements, work-groups stride over tiles
##   index    the C type that counts elements
##   LOCAL    (gpu) items of a work-group, a power of two
##   per      (gpu) elements of a tile for each item, 32 at most
##   name     of the kernel
##
## A byte of the mask is true where it is not 0: bytes that are neither 0 nor 1 count once, so no result leaves its part.
## Launch: cpu: a group a part, count and write; one item, starts. gpu: any number of groups; one group, starts.
<%! from clnd.templates.loops import each %>
<%namespace name="axes" file="/lib/index.cl.mako"/>
<%namespace name="running" file="/lib/running.cl.mako"/>
<%
    count, places = stage == "count", stage == "write" and what == "places"
    outs = [f"out{d}" for d in range(rank)] if places else ["out"]
    on_cpu = family == "cpu"
    AT_ONCE = 8
%>
<%def name="place(i)">
## The places along the axes of element i, stored at w.
            {
                ${index} rest = ${i};
% for d in reversed(range(rank)):
${axes.last_place(index, "rest", f"d{d}" if d else None, d)}
                out${d}[w] = (long)at${d};
% endfor
            }
</%def>
__kernel
% if on_cpu:
__attribute__((reqd_work_group_size(1, 1, 1)))
% else:
__attribute__((reqd_work_group_size(${LOCAL}, 1, 1)))
% endif
void ${name}(
% if stage == "starts":
    __global ulong *starts, const ${index} parts)
% else:
%   if stage == "write" and not places:
    __global const ${element} *a, const long oa,
%   endif
    __global const uchar *mask, const long om, __global ${"" if count else "const "}ulong *starts, ${"" if count else "const long os,"}
%   for out in outs if not count else []:
    __global ${"long" if places else element} *${out},
%   endfor
%   for d in range(1, rank) if places else []:
    const ${index} d${d},
%   endfor
    const ${index} n, const ${index} ${"chunk" if on_cpu else "parts"})
% endif
{
% if stage == "starts" and on_cpu:
    ulong sum = 0;
    for (${index} k = 0; k < parts; k++) {
        const ulong own = starts[k];
        starts[k] = sum;
        sum += own;
    }
    starts[parts] = sum;
% elif stage == "starts":
    __local ulong t[${LOCAL}];
    const int l = get_local_id(0);
    ulong sum = 0;
    for (${index} base = 0; base < parts; base += ${LOCAL}) {
        const ulong own = parts - base > (${index})l ? starts[base + l] : 0;
        t[l] = own;
        barrier(CLK_LOCAL_MEM_FENCE);
${running.sums("ulong", "t", "l", LOCAL)}
        if (parts - base > (${index})l) starts[base + l] = sum + t[l] - own;
        sum += t[${LOCAL - 1}];
        // The sums are read before the next round writes.
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (l == 0) starts[parts] = sum;
% elif on_cpu:
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(n - begin, chunk) + begin;
    ${index} i = begin;
%   if count:
    ulong total = 0;
    while (end - i >= 16) {
        // A byte holds 255 rounds. A true lane is -1.
        const int rounds = (int)min((end - i) / 16, (${index})255);
        uchar16 sums = (uchar16)(0);
        for (int r = 0; r < rounds; r++, i += 16)
            sums -= as_uchar16(load_uchar16(mask, om + i) != (uchar16)(0));
        total += (ulong)sums.s0${"".join(f" + sums.s{k:x}" for k in range(1, 16))};
    }
    for (; i < end; i++) total += mask[om + i] != 0;
    starts[get_group_id(0)] = total;
%   else:
    ulong w = starts[os + get_group_id(0)];
    const ulong last = starts[os + get_group_id(0) + 1];
    if ((last - w) * 256 < end - begin) {
        // Few are true: vectors with none are passed over.
        while (w < last) {
            if (end - i >= 16) {
                const ulong2 m = as_ulong2(load_uchar16(mask, om + i));
                if ((m.s0 | m.s1) == 0) {
                    i += 16;
                    continue;
                }
            }
            const ${index} stop = min(end - i, (${index})16) + i;
            for (; i < stop; i++)
                if (mask[om + i]) {
%     if places:
${place("i")}
%     else:
                    out[w] = a[oa + i];
%     endif
                    w++;
                }
        }
        return;
    }
    // Every element is stored at w, which goes on only past one that stays. There is room for it while w < last.
<%
    inner = rank - 1 if places else None
    lines = [f"out{d}[w] = (long)at{d}{{}};" for d in range(rank)] if places else ["out[w] = a[oa + i{}];"]
    if places:
        lines = [line.format("{}" if d == inner else "") for d, line in enumerate(lines)]
    lines.append("w += mask[om + i{}] != 0;")
%>
%     if places and rank > 1:
    ${index} rest = begin;
%       for d in reversed(range(rank)):
${axes.last_place(index, "rest", f"d{d}" if d else None, d, "")}
%       endfor
    while (w < last) {
        const ${index} stop = min(end - i, d${inner} - at${inner}) + i;
%     elif places:
    ${index} at0 = begin;
    {
        const ${index} stop = end;
%     else:
    {
        const ${index} stop = end;
%     endif
<% on = f", at{inner} += {{}}" if places else "" %>
        for (; stop - i >= ${AT_ONCE} && last - w >= ${AT_ONCE}; i += ${AT_ONCE}${on.format(AT_ONCE)}) {
%     for k in range(AT_ONCE):
%       for line in lines:
            ${line.format(f" + {k}" if k else "")}
%       endfor
%     endfor
        }
        for (; i < stop && w < last; i++${on.format(1)}) {
%     for line in lines:
            ${line.format("")}
%     endfor
        }
%     if places and rank > 1:
        at${inner} = 0;
%       for d in range(rank - 2, 0, -1):
        if (++at${d} == d${d}) {
            at${d} = 0;
%       endfor
        at0++;
        ${"}" * (rank - 2)}
%     endif
    }
%   endif
% else:
    __local uint t[${LOCAL}];
%   if not count:
    __local ushort found[${LOCAL * per}];
%   endif
    const int l = get_local_id(0);
    // All items of a group take the same rounds, and pass every barrier.
    for (${index} part = (${index})get_group_id(0); part < parts; part += (${index})get_num_groups(0)) {
        const ${index} tile = part * ${LOCAL * per};
        const int here = (int)min(n - tile, (${index})${LOCAL * per});
        uint own = 0;
%   if count:
        for (int k = l; k < here; k += ${LOCAL}) own += mask[om + tile + k] != 0;
        t[l] = own;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int apart = ${LOCAL // 2}; apart > 0; apart >>= 1) {
            if (l < apart) t[l] += t[l + apart];
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        if (l == 0) starts[part] = t[0];
%   else:
        // An item counts consecutive elements, then stores where those that are true lie.
        uint bits = 0;
        ${each("k", per, per)}
            if (l * ${per} + k < here && mask[om + tile + l * ${per} + k] != 0) {
                bits |= 1u << k;
                own++;
            }
        }
        t[l] = own;
        barrier(CLK_LOCAL_MEM_FENCE);
${running.sums("uint", "t", "l", LOCAL)}
        uint at = t[l] - own;
        ${each("k", per, per)}
            if (bits >> k & 1u) found[at++] = (ushort)(l * ${per} + k);
        }
        const int total = (int)t[${LOCAL - 1}];
        const ulong first = starts[os + part];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = l; k < total; k += ${LOCAL}) {
            const ulong w = first + k;
%     if places:
${place("tile + found[k]")}
%     else:
            out[w] = a[oa + tile + found[k]];
%     endif
        }
%   endif
        // What was read is overwritten in the next round.
        barrier(CLK_LOCAL_MEM_FENCE);
    }
% endif
}
