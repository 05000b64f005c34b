## Sorts each part of a long row, which fits a core's cache, by digits of up to 12 bits, all of which are counted in one read. Names as in
## cpu_ruler.cl.mako. a has the keys, b is scratch memory, out the result.
##
## Launch: a group for each part.
<%namespace name="ruler" file="/sort/cpu_ruler.cl.mako"/>
<%
    U = e.key
    WIDEST = 12
    most = -(-U.bits // WIDEST)
%>
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_parts(
    __global ${U} *a, __global ${U} *b, __global ${U} *out, __global const ulong *ruler, __global const uint *starts, const ${U} flip)
{
    if (!ruler[0])
        return;
    const uint part = (uint)get_group_id(0), begin = starts[part], n = starts[part + 1] - begin;
    a += begin;
    b += begin;
    out += begin;
    const ${U} base = (${U})ruler[3 + part];
    const uint bits = (uint)ruler[${3 + ruler.attr.PARTS} + part];
    if (n < 2 || bits == 0) {
        for (uint i = 0; i < n; i++)
            out[i] = ${e.stored("a[i]", "0")};
        return;
    }
    // Tables as long as there are elements to count.
    const uint widest = n >= 8192u ? ${WIDEST}u : n >= 2048u ? 10u : 8u;
    const uint digits = (bits + widest - 1) / widest, width = (bits + digits - 1) / digits, values = 1u << width, mask = values - 1;
    uint table[${most << WIDEST}];
    for (uint v = 0; v < digits * values; v++)
        table[v] = 0;
% for count in (1, 2, 3):
    ${"else " if count > 1 else ""}if (digits == ${count})
        for (uint i = 0; i < n; i++) {
            const ${U} x = ${e.sorted_by("a[i]")} - base;
%   for d in range(count):
            table[${f"values * {d} + " if d else ""}((uint)(x${f" >> (width * {d})" if d else ""}) & mask)]++;
%   endfor
        }
% endfor
    else
        for (uint i = 0; i < n; i++) {
            const ${U} x = ${e.sorted_by("a[i]")} - base;
            for (uint d = 0; d < digits; d++)
                table[values * d + ((uint)(x >> (width * d)) & mask)]++;
        }
    // Digits that all keys have alike are not moved by.
    uint left = 0;
    const ${U} first = ${e.sorted_by("a[0]")} - base;
    for (uint d = 0; d < digits; d++)
        left += table[values * d + ((uint)(first >> (width * d)) & mask)] != n;
    if (left == 0) {
        for (uint i = 0; i < n; i++)
            out[i] = ${e.stored("a[i]", "0")};
        return;
    }
    __global ${U} *from = a, *to = b;
    for (uint d = 0; d < digits; d++) {
        uint *at = table + values * d;
        const uint shift = width * d;
        if (at[(uint)(first >> shift) & mask] == n)
            continue;
        uint below = 0;
        for (uint v = 0; v < values; v++) {
            const uint count = at[v];
            at[v] = below;
            below += count;
        }
        if (left == 1)
            for (uint i = 0; i < n; i++) {
                const ${U} x = from[i];
                out[at[(uint)((${e.sorted_by("x")} - base) >> shift) & mask]++] = ${e.stored("x", "0")};
            }
        else
            for (uint i = 0; i < n; i++) {
                const ${U} x = from[i];
                to[at[(uint)((${e.sorted_by("x")} - base) >> shift) & mask]++] = x;
            }
        __global ${U} *other = from;
        from = to;
        to = other;
        left--;
    }
}
