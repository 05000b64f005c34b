## Running sums in local memory, by a work-group. Not functions of a type: a kernel template takes these in by <%namespace>.

<%def name="sums(type, sums, item, L)">
## sums[item] becomes the sum of sums[0 .. item], for each of L items: doubled steps, with a barrier before each write and after it. The
## caller has a barrier between its writes to sums and this.
% if L > 1:
            for (uint step = 1; step < ${L}u; step += step) {
                const ${type} earlier = ${item} >= step ? ${sums}[${item} - step] : 0;
                barrier(CLK_LOCAL_MEM_FENCE);
                ${sums}[${item}] += earlier;
                barrier(CLK_LOCAL_MEM_FENCE);
            }
% endif
</%def>
