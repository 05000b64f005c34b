## Values added to places of a target, any number to one: target[k] becomes target[k] joined with all values for k, which are combined in
## the canonical order of sums, numbered as they come. Values are given by an order in which those for one place are together, the first one first.
##
## The item that meets the first value for a place takes all of them: blocks of BLOCK, in each LANES accumulators that combine by adjacent
## pairs, absent ones skipped; block results are combined by the same rule, and results of these, which suffices for BLOCK^3 values.
## A CPU takes values as they come, and has the accumulators in arrays. A GPU, where such lie in the device's memory, takes one lane after
## the other, each with one accumulator, and its finished pairs in registers (of values) and local memory (of blocks).
##
##   e          the types of values (input 0, and of the target)
##   key        the C type of the places
##   start, step, combine, finish   as in reduce.cl.mako, C over x1, acc, a and b, total
##   join       C over x1, what the target has, and x2, what the values make
##   acc_dtype  what is accumulated in; acc_type is its CType
##   dtype      of values and target
##   BLOCK, LANES   constants of the canonical order, not tunables
##   LOCAL      items of a work-group; 1 on a CPU
##   family, index   as in elementwise.cl.mako
##
## A key from n on is no place, and passed over. Launch: cpu: ceil(count / chunk) groups of one item; gpu: items stride over the grid.
<%namespace name="lanes" file="/lib/lanes.cl.mako"/>
<%
    on_cpu = family == "cpu"
    LEVELS = LANES.bit_length() - 1
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
<%def name="in_lanes(level, first, count)">
## total<level>: of `count` values from `first` on (level 0), or of as many as such totals of level - 1 take.
<%
    of = BLOCK ** level
    join = lambda a, b: e.typed(combine, acc_dtype, 1, a=a, b=b)
    n = f"n{level}"
    # Few places have so many values that there are blocks to combine: registers for them would be taken of all others.
    pair = lambda k: f"pairs[{((level - 1) * (LEVELS + 1) + k) * LOCAL} + get_local_id(0)]" if level else f"pair{k}"
%>
% if level:
            ${acc_type} total${level};
% else:
            ${acc_type} total0, ${", ".join(pair(k) for k in range(LEVELS + 1))};
% endif
            {
% if level:
            const ${index} ${n} = (${count} + ${of - 1}) / ${of};
% else:
            const ${index} ${n} = ${count};
% endif
            const int present${level} = (int)min(${n}, (${index})${LANES});
            for (int l${level} = 0; l${level} < present${level}; l${level}++) {
                ${acc_type} lane${level};
                for (${index} r${level} = l${level}; r${level} < ${n}; r${level} += ${LANES}) {
% if level:
${in_lanes(level - 1, f"{first} + r{level} * {of}", f"min({count} - r{level} * {of}, ({index}){of})")}
                    if (r${level} == l${level}) lane${level} = total${level - 1};
                    else lane${level} = ${join(f"lane{level}", f"total{level - 1}")};
% else:
                    const ${e.input_type(0)} x1 = ${e.widened(0, f"load_{stored}(values, ov + order[oo + i + {first} + r0] * sv)")};
                    if (r0 == l0) lane0 = ${e.typed(start, acc_dtype, 1, x1="x1")};
                    else lane0 = ${e.typed(step, acc_dtype, 1, acc="lane0", x1="x1")};
% endif
                }
${lanes.finished(pair, LEVELS, f"l{level}", f"lane{level}", join)}
            }
${lanes.all_of(pair, LEVELS, f"present{level}", f"total{level}", join)}
            }
</%def>
__kernel
__attribute__((reqd_work_group_size(${LOCAL}, 1, 1)))
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
    __local ${acc_type} pairs[${2 * (LEVELS + 1) * LOCAL}];
    for (${index} i = (${index})get_global_id(0); i < count; i += chunk) {
% endif
        const ${key} here = keys[ok + order[oo + i]];
        if ((ulong)here < n && (i == 0 || keys[ok + order[oo + i - 1]] != here)) {
% if on_cpu:
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
% else:
            ${index} count_here = 1;
            while (i + count_here < count && keys[ok + order[oo + i + count_here]] == here) count_here++;
${in_lanes(2, "0", "count_here")}
            const ${acc_type} total = total2;
% endif
            const long at = ot + (long)here;
            const ${e.input_type(0)} was = ${e.widened(0, f"load_{stored}(out, at)")};
            const ${e.input_type(0)} made = ${e.typed(finish, acc_dtype, 1, total="total")};
            const ${e.input_type(0)} both = ${e.typed(join, dtype, 1, x1="was", x2="made")};
            store_${stored}(${e.narrowed(dtype, "both")}, out, at);
        }
    }
}
