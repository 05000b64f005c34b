## Sorts each part of a long row, which fits a core's cache. Names as in cpu_ruler.cl.mako. a has keys, b is scratch memory, out the
## result.
##
## Its two highest digits, counted in one read, leave little to do among keys that have them alike: that is done by insertion. Where it
## would be much, all digits are moved by, the lowest first. Each step is stable.
##
## Launch: a group for each part, of which there is a power of 2. Neighbouring groups, which may run on the same core, take parts that lie
## far apart, because there may be none in the last ones.
<%! from clnd.templates.sorting import PARTS %>
<%
    U = e.key
    WIDEST = 11
    zeros = e.kind == "float"
    half = f"{1 << U.bits - 1}{'ul' if U.bits == 64 else 'u'}"
%>
<%def name="rank(x)">(${f"(zero ? {e.joined(x)} : {x})" if zeros else x} - base)</%def>
<%def name="sums(at)">
        {
            uint below = 0;
            for (uint v = 0; v < values; v++) {
                const uint count = ${at}[v];
                ${at}[v] = below;
                below += count;
            }
        }
</%def>
<%def name="result(buffer)">
        for (uint i = 0; i < n; i++)
            out[i] = ${e.stored(f"{buffer}[i]", "0")};
        return;
</%def>
// zero: whether zeros may be among the elements, a constant that half of the code falls to.
static inline void sort_part(
    __global ${U} *a, __global ${U} *b, __global ${U} *out, const uint n, const ${U} base, const uint bits, const int zero, const ${U} flip)
{
    if (n < 2u || bits == 0) {
${result("a")}
    }
    // Tables no longer than there are elements to count.
    const uint widest = n >= 16384u ? ${WIDEST}u : n >= 8192u ? 10u : 8u, width = bits >= 2u * widest ? widest : bits > widest ? (bits + 1u) / 2u : bits;
    const uint values = 1u << width, mask = values - 1u, two = bits > widest, low = bits > 2u * width ? bits - 2u * width : 0u, high = low + width;
    uint table[${2 << WIDEST}];
    for (uint v = 0; v < 2u * values; v++)
        table[v] = 0;
    uint *upper = table + values;
    if (!two) {
        for (uint i = 0; i < n; i++)
            table[(uint)${rank("a[i]")} & mask]++;
${sums("table")}
        for (uint i = 0; i < n; i++) {
            const ${U} x = a[i];
            out[table[(uint)${rank("x")} & mask]++] = ${e.stored("x", "0")};
        }
        return;
    }
    for (uint i = 0; i < n; i++) {
        const ${U} x = ${rank("a[i]")};
        table[(uint)(x >> low) & mask]++;
        upper[(uint)(x >> high) & mask]++;
    }
${sums("table")}
${sums("upper")}
    for (uint i = 0; i < n; i++) {
        const ${U} x = a[i];
        b[table[(uint)(${rank("x")} >> low) & mask]++] = x;
    }
    if (low == 0) {
        for (uint i = 0; i < n; i++) {
            const ${U} x = b[i];
            out[upper[(uint)(${rank("x")} >> high) & mask]++] = ${e.stored("x", "0")};
        }
        return;
    }
    for (uint i = 0; i < n; i++) {
        const ${U} x = b[i];
        a[upper[(uint)(${rank("x")} >> high) & mask]++] = x;
    }
    uint left = 8u * n;
    ${U} before = ${rank("a[0]")};
    for (uint i = 1; i < n && left; i++) {
        const ${U} x = a[i];
        const ${U} own = ${rank("x")};
        if (own >= before) {
            before = own;
            continue;
        }
        uint j = i;
        do {
            a[j] = a[j - 1u];
            j--;
            left -= left > 0;
        } while (j && ${rank("a[j - 1u]")} > own);
        a[j] = x;
    }
    if (left) {
${result("a")}
    }
    // Insertions took too long: they have left a stable permutation, so that all digits can follow.
    __global ${U} *from = a, *to = b;
    for (uint shift = 0; shift < bits; shift += width) {
        for (uint v = 0; v < values; v++)
            table[v] = 0;
        for (uint i = 0; i < n; i++)
            table[(uint)(${rank("from[i]")} >> shift) & mask]++;
        if (table[(uint)(${rank("from[0]")} >> shift) & mask] == n)
            continue;
${sums("table")}
        for (uint i = 0; i < n; i++) {
            const ${U} x = from[i];
            to[table[(uint)(${rank("x")} >> shift) & mask]++] = x;
        }
        __global ${U} *other = from;
        from = to;
        to = other;
    }
${result("from")}
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_parts(__global ${U} *a, __global ${U} *b, __global ${U} *out, __global const ulong *ruler, __global const uint *starts, const ${U} flip)
{
    if (!ruler[0])
        return;
    const uint part = (uint)get_group_id(0) * 97u & ((uint)get_num_groups(0) - 1u), begin = starts[part], n = starts[part + 1] - begin;
    const ${U} base = (${U})ruler[3 + part];
    const uint bits = (uint)ruler[${3 + PARTS} + part];
% if zeros:
    if (base > ${half} || bits < ${U.bits}u && (${half} - base) >> bits) {
        sort_part(a + begin, b + begin, out + begin, n, base, bits, 0, flip);
        return;
    }
% endif
    sort_part(a + begin, b + begin, out + begin, n, base, bits, ${int(zeros)}, flip);
}
