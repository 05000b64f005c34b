## Rows of counts: how often each of several categories was met. What they are, to the bit, stands at
## the top of random.cl.mako. Two kernels, of which ``part`` says one:
##
##   shares  from the probabilities of a row to the chance of each category among those from it on
##   counts  a row of counts: each is a binomial number of what is left
##
##   family  cpu: work-groups of one item, each a chunk of rows. gpu: an item makes one row at a time;
##           items stride over the grid
##   part    which kernel
##   t       the CType computed in: float or double
##   index   the C type that counts rows: uint up to 2^31 elements, else ulong
##
## A row is made in order, by one item: each count needs those before it.
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
% if part == "shares":
void multinomial_shares(__global const ${t} *given, const ulong offset, __global ${t} *shares, const ${index} n, const ${index} chunk, const ulong k)
% else:
void multinomial(
    __global long *out, const ${index} n, const ${index} chunk, const ulong k, const uint k0, const uint k1, const uint d0, const uint d1,
    const ulong first, __global const ${t} *trials, const ulong offset, const ulong trial_step, __global const ${t} *shares, const ulong share_step)
% endif
{
% if family == "cpu":
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(begin + chunk, n);
    for (${index} row = begin; row < end; row++) {
% else:
    for (${index} row = (${index})get_global_id(0); row < n; row += chunk) {
% endif
% if part == "shares":
        __global const ${t} *p = given + offset + (ulong)row * k;
        __global ${t} *share = shares + (ulong)row * k;
        // The last category has what the others leave, whatever was given for it.
        ${t} sum = (${t})(0);
        for (ulong j = 0; j + 1 < k; j++)
            sum += p[j];
        const ${t} rest = (${t})(1) - sum;
        sum = rest > (${t})(0) ? rest : (${t})(0);
        share[k - 1] = (${t})(1);
        for (ulong j = k - 1; j > 0; j--) {
            sum += p[j - 1];
            const ${t} of_rest = divide_${t}(p[j - 1], sum);
            share[j - 1] = sum > (${t})(0) ? (of_rest < (${t})(1) ? of_rest : (${t})(1)) : (${t})(0);
        }
% else:
        const uint4 key = (uint4)(k0, k1, d0, d1);
        __global const ${t} *share = shares + (ulong)row * share_step;
        ${t} left = trials[offset + (ulong)row * trial_step];
        for (ulong j = 0; j + 1 < k; j++) {
            const ulong number = (first + (ulong)row) * k + j;
            const ${t} count = binomial_number_${t}((${t.uint})(number & 0xfffffffful), (${t.uint})(number >> 32), key, left, share[j]);
            out[(ulong)row * k + j] = convert_long(count);
            left = left - count;
        }
        out[(ulong)row * k + k - 1] = convert_long(left);
% endif
    }
}
