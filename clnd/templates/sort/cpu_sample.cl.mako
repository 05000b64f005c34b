## Makes the ruler of a long row from a sample of its keys; names as in cpu_ruler.cl.mako. The sample decides about speed alone.
##
## Launch: one group.
<%!
    from clnd.templates.loops import each
    from clnd.templates.sorting import GRAINS, PARTS
%>
<% U = e.key %>
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_sample(
    __global const ${U} *in, const long offset, __global ulong *ruler, __global uchar *table, __global uint *counts,
    const uint n, const uint samples, const uint parts, const uint most, const ${U} flip)
{
    // One key of each stretch of the row, not always at the same place of it.
    const uint stretch = n / samples;
    ${U} least = ~(${U})0, greatest = 0;
    for (uint i = 0; i < samples; i++) {
        const uint place = i * stretch + (i * 2654435761u >> 8) % stretch;
        const ${U} key = ${e.joined(f"{e.kind}_key_{U}(in[offset + place], flip)")};
        least = min(least, key);
        greatest = max(greatest, key);
    }
    uint size = 0;
    while (((greatest - least) >> size) > ${GRAINS - 3})
        size++;
    ${each("g", GRAINS, GRAINS)}
        counts[g] = 0;
    }
    for (uint i = 0; i < samples; i++) {
        const uint place = i * stretch + (i * 2654435761u >> 8) % stretch;
        const ${U} key = ${e.joined(f"{e.kind}_key_{U}(in[offset + place], flip)")};
        counts[1u + (uint)((key - least) >> size)]++;
    }
    // Parts of as many samples each, as far as grains allow.
    __global ulong *base = ruler + 3, *bits = ruler + ${3 + PARTS};
    ${each("p", PARTS, PARTS)}
        base[p] = 0;
        bits[p] = 0;
    }
    const uint share = max(1u, samples / (parts - 2u));
    uint part = 0, held = 0, begun = 0, largest = 0;
    for (uint g = 1; g < ${GRAINS - 1}; g++) {
        if (part == 0 || (held >= share && part < parts - 2u) || (held && counts[g] >= share && part < parts - 2u)) {
            part++;
            held = 0;
            begun = g;
            base[part] = (ulong)least + ((ulong)(g - 1) << size);
        }
        held += counts[g];
        table[g] = (uchar)part;
        const ulong width = (ulong)(g - begun + 1) << size;
        bits[part] = width > 1 ? 64 - clz(width - 1) : 0;
        // A part of equal keys is copied, which is quick however many there are.
        largest = max(largest, bits[part] ? held : 0u);
    }
    table[0] = 0;
    table[${GRAINS - 1}] = (uchar)(parts - 1u);
    base[0] = 0;
    bits[0] = least > 1 ? 64 - clz((ulong)(least - 1)) : 0;
    base[parts - 1u] = (ulong)least + ((ulong)${GRAINS - 2} << size);
    bits[parts - 1u] = 64 - clz((ulong)(${U})(~(${U})0 - (${U})base[parts - 1u]));
    // Keys that differ in two digits at most are moved twice by them, which parts would not gain on.
    ruler[0] = largest <= most && (ulong)(least ^ greatest) >> 16;
    ruler[1] = least;
    ruler[2] = size;
}
