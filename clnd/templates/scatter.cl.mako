## Scattered writes: element places[i] of the target becomes value i. Of values for one place the last one wins, NumPy's practice on
## every device. A place outside of the target is passed over.
##
##   stage    owners: a group owns a chunk of the target and writes its part of all values, in their order. distinct: no place comes
##            twice, so the order does not matter. few: a value is written where no later one has its place; for few values.
##            clear, mark, write: three launches. Every place remembers the highest number of its values, by atomic_max, which
##            knows no order; then that one writes.
##   element  uchar, ushort, uint, ulong or ulong2, by the element's size
##   family   cpu: work-groups of one item. gpu: items stride over the grid
##   index    the C type that counts elements and places
##   name     of the kernel
##
## Values are numbered in 32 bits: of more than 2^31 a launcher makes several rounds, whose values begin at `first`.
## Launch: owners: ceil(n / chunk) groups; distinct (cpu): ceil(count / chunk) groups of one; clear: over n; else over count.
<%
    on_cpu = family == "cpu"
    owners, winning = stage == "owners", stage in ("clear", "mark", "write")
    moves = stage not in ("clear", "mark")
    over = "n" if stage == "clear" else "count"
%>
__kernel
% if on_cpu:
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void ${name}(
% if stage != "clear":
    __global const long *places, const long op, const long sp,
% endif
% if moves:
    __global const ${element} *a, const long oa, const long sa, __global ${element} *out, const long oo,
% endif
% if owners:
    __global ${element} *spare, const ${index} stride,
% endif
% if winning:
    __global int *winners,
% endif
% if stage != "clear":
    const ${index} first, const ${index} count,
% endif
    const ${index} n, const ${index} chunk)
{
% if owners:
    // What others own goes to a spare element, so that no branch is taken that a processor could not foresee.
    const ulong begin = (ulong)get_group_id(0) * chunk;
    const ulong own = min((ulong)n - begin, (ulong)chunk);
    __global ${element} *mine = out + oo + begin;
    __global ${element} *other = spare + get_group_id(0) * stride;
    for (${index} i = 0; i < count; i++) {
        const ulong p = (ulong)places[op + (long)(first + i) * sp] - begin;
        __global ${element} *to = p < own ? mine + p : other;
        *to = a[oa + (long)(first + i) * sa];
    }
% else:
%   if on_cpu:
    ${index} i = (${index})get_group_id(0) * chunk;
    const ${index} end = min(${over} - i, chunk) + i;
    for (; i < end; i++) {
%   else:
    for (${index} i = (${index})get_global_id(0); i < ${over}; i += (${index})get_global_size(0)) {
%   endif
%   if stage == "clear":
        winners[i] = -1;
%   else:
        const ulong p = (ulong)places[op + (long)(first + i) * sp];
        if (p < (ulong)n) {
%     if stage == "mark":
            atomic_max(winners + p, (int)i);
%     elif stage == "few":
            int later = 0;
            for (${index} k = i + 1; k < count; k++) later |= (ulong)places[op + (long)(first + k) * sp] == p;
            if (!later) out[oo + (long)p] = a[oa + (long)(first + i) * sa];
%     elif stage == "write":
            if (winners[p] == (int)i) out[oo + (long)p] = a[oa + (long)(first + i) * sa];
%     else:
            out[oo + (long)p] = a[oa + (long)(first + i) * sa];
%     endif
        }
%   endif
    }
% endif
}
