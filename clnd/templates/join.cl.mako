## Copies several arrays of elements of one size, each to its own region of one result; bits are kept.
##
##   element  uchar, ushort, uint, ulong or ulong2, by the element's size
##   parts    how many arrays; one that is absent has no elements
##   rank     axes after collapsing
##   wide     (cpu) the vector of elements that runs are copied by, where both sides lie without gaps
##   family   cpu: work-groups of one item; gpu: the items of a group take consecutive elements
##   index    the C type that counts elements: uint or ulong
##   LOCAL    (gpu) items of a work-group
##
## Part k has n elements, of which each work-group takes the next c, of every part: so what a group writes lies together, also
## where the parts alternate. Element (at0, at1, ...) of it lies o + at0 * sa0 + ... elements into a, and goes to
## t + at0 * sb0 + ... of the result. Regions do not overlap. Launch: any number of groups that c times it covers every part.
<% signed_index = "int" if index == "uint" else "long" %>
<%namespace name="axes" file="/lib/index.cl.mako"/>
<%def name="advance(d)">
## The odometer above the last axis.
%   if d == 0:
                at0 += 1;
%   else:
                if (++at${d} == d${d}) {
                at${d} = 0;
${advance(d - 1)}
                }
%   endif
</%def>
static void join_part(__global const ${element} *a, const long oa, __global ${element} *b, const long ob,
% for d in range(rank):
    const ${index} d${d}, const ${signed_index} sa${d}, const ${signed_index} sb${d},
% endfor
    const ${index} n, const ${index} chunk)
{
    const ${index} first = (${index})get_group_id(0) * chunk;
% if family == "cpu":
    if (first < n) {
        ${index} i = first;
        const ${index} end = min(n - i, chunk) + i;
        ${index} rest = i;
%   for d in reversed(range(rank)):
${axes.last_place(index, "rest", f"d{d}" if d else None, d, qualifier="")}
%   endfor
        while (i < end) {
            const ${index} run = min(end - i, d${rank - 1} - at${rank - 1});
            __global const ${element} *from = a + oa;
            __global ${element} *to = b + ob;
%   for d in range(rank):
            from += (long)at${d} * sa${d};
            to += (long)at${d} * sb${d};
%   endfor
            if (sa${rank - 1} == 1 && sb${rank - 1} == 1) {
                ${index} k = 0;
%   if wide.is_vector:
                for (; run - k >= ${wide.width}; k += ${wide.width}) store_${wide}(load_${wide}(from, k), to, k);
%   endif
                for (; k < run; k++) to[k] = from[k];
            } else
                for (${index} k = 0; k < run; k++) to[(long)k * sb${rank - 1}] = from[(long)k * sa${rank - 1}];
            i += run;
            at${rank - 1} = 0;
%   if rank > 1:
${advance(rank - 2)}
%   endif
        }
    }
% else:
    if (first < n) {
        const ${index} end = min(n - first, chunk) + first;
        for (${index} i = first + (${index})get_local_id(0); i < end; i += ${LOCAL}) {
            ${index} rest = i;
            long pa = oa, pb = ob;
${axes.add_steps(index, "rest", [(f"d{d}", [("pa", f"sa{d}"), ("pb", f"sb{d}")]) for d in range(rank)])}
            b[pb] = a[pa];
        }
    }
% endif
}

__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% else:
__attribute__((reqd_work_group_size(${LOCAL}, 1, 1)))
% endif
void join(
% for k in range(parts):
    __global const ${element} *a${k}, const long o${k}, const long t${k},
%   for d in range(rank):
    const ${index} d${k}_${d}, const ${signed_index} sa${k}_${d}, const ${signed_index} sb${k}_${d},
%   endfor
    const ${index} n${k}, const ${index} c${k},
% endfor
    __global ${element} *out)
{
% for k in range(parts):
    join_part(a${k}, o${k}, out, t${k}, ${", ".join(f"d{k}_{d}, sa{k}_{d}, sb{k}_{d}" for d in range(rank))}, n${k}, c${k});
% endfor
}
