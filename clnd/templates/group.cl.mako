## Values added to places of a target, any number to one: target[k] becomes target[k] joined with all values for k, which are combined in
## the canonical order of sums, numbered as they come. Values are given by an order in which those for one place are together, the first one first.
##
## The item that meets the first value for a place takes all of them: blocks of BLOCK, in each LANES accumulators that combine by adjacent
## pairs, absent ones skipped; block results are combined by the same rule, and results of these, which suffices for BLOCK^3 values.
##
##   e          the types of values (input 0, and of the target)
##   key        the C type of the places
##   start, step, combine, finish   as in reduce.cl.mako, C over x1, acc, a and b, total
##   join       C over x1, what the target has, and x2, what the values make
##   acc_dtype  what is accumulated in; acc_type is its CType
##   dtype      of values and target
##   BLOCK, LANES   constants of the canonical order, not tunables
##   family, index   as in elementwise.cl.mako
##
## A key from n on is no place, and passed over. Launch: cpu: ceil(count / chunk) groups of one item; gpu: items stride over the grid.
<%
    on_cpu = family == "cpu"
    stored = e.input_memory(0)
%>
<%def name="tree(lane, present)">
                for (int apart = 1; apart < ${present}; apart <<= 1)
                    for (int k = 0; k + apart < ${present}; k += 2 * apart) {
                        const ${acc_type} a = ${lane}[k], b = ${lane}[k + apart];
                        ${lane}[k] = ${e.typed(combine, acc_dtype, 1, a="a", b="b")};
                    }
</%def>
<%def name="push(lane, count, value)">
                if (${count} < ${LANES}) {
                    ${lane}[${count}] = ${value};
                } else {
                    const ${acc_type} a = ${lane}[${count} & ${LANES - 1}], b = ${value};
                    ${lane}[${count} & ${LANES - 1}] = ${e.typed(combine, acc_dtype, 1, a="a", b="b")};
                }
                ${count}++;
</%def>
__kernel
% if on_cpu:
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void group(
    __global const ${key} *keys, const long ok, __global const long *order, const long oo,
    __global const ${e.storage(0)} *values, const long ov, const long sv, __global ${e.storage(0)} *out, const long ot,
    const ulong n, const ${index} count, const ${index} chunk)
{
% if on_cpu:
    ${index} i = (${index})get_group_id(0) * chunk;
    const ${index} end = min(count - i, chunk) + i;
    for (; i < end; i++) {
% else:
    for (${index} i = (${index})get_global_id(0); i < count; i += chunk) {
% endif
        const ${key} here = keys[ok + order[oo + i]];
        if ((ulong)here < n && (i == 0 || keys[ok + order[oo + i - 1]] != here)) {
            ${acc_type} lane[${LANES}], blocks[${LANES}], many[${LANES}];
            ${acc_type} total;
            int block_count = 0, many_count = 0, is_alone = 1, more = 1;
            ${index} r = i;
            while (more) {
                int m = 0;
                do {
                    const ${e.input_type(0)} x1 = ${e.widened(0, f"load_{stored}(values, ov + order[oo + r] * sv)")};
                    if (m < ${LANES}) {
                        lane[m] = ${e.typed(start, acc_dtype, 1, x1="x1")};
                    } else {
                        const ${acc_type} acc = lane[m & ${LANES - 1}];
                        lane[m & ${LANES - 1}] = ${e.typed(step, acc_dtype, 1, acc="acc", x1="x1")};
                    }
                    m++;
                    r++;
                    more = r < count && keys[ok + order[oo + r]] == here;
                } while (more && m < ${BLOCK});
                const int present = min(m, ${LANES});
${tree("lane", "present")}
                total = lane[0];
                is_alone &= !more;
                if (!is_alone) {
${push("blocks", "block_count", "total")}
                    if (block_count == ${BLOCK} || (!more && many_count)) {
                        const int filled = min(block_count, ${LANES});
${tree("blocks", "filled")}
${push("many", "many_count", "blocks[0]")}
                        block_count = 0;
                    }
                }
            }
            if (!is_alone) {
                const int filled = min(many_count ? many_count : block_count, ${LANES});
                if (many_count) {
${tree("many", "filled")}
                } else {
${tree("blocks", "filled")}
                }
                total = many_count ? many[0] : blocks[0];
            }
            const long at = ot + (long)here;
            const ${e.input_type(0)} was = ${e.widened(0, f"load_{stored}(out, at)")};
            const ${e.input_type(0)} made = ${e.typed(finish, acc_dtype, 1, total="total")};
            const ${e.input_type(0)} both = ${e.typed(join, dtype, 1, x1="was", x2="made")};
            store_${stored}(${e.narrowed(dtype, "both")}, out, at);
        }
    }
}
