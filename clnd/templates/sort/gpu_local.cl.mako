## Pieces of a sort in local memory by a work-group of L items.
<%namespace name="running" file="/lib/running.cl.mako"/>

<%def name="before(table, length, L)">
## Each of ``length`` counters in ``table`` becomes the sum of those before it. Ends with a barrier.
<% own = max(1, length // L); items = length // own %>
            {
                uint sum = 0;
                if (item < ${items}u)
                    for (uint v = item * ${own}u; v < (item + 1u) * ${own}u; v++)
                        sum += ${table}[v];
                sums[item] = sum;
                barrier(CLK_LOCAL_MEM_FENCE);  // all sums are there
${running.sums("uint", "sums", "item", L)}
                uint next = sums[item] - sum;
                if (item < ${items}u)
                    for (uint v = item * ${own}u; v < (item + 1u) * ${own}u; v++) {
                        const uint count = ${table}[v];
                        ${table}[v] = next;
                        next += count;
                    }
                barrier(CLK_LOCAL_MEM_FENCE);  // the table is ready, sums may change
            }
</%def>

<%def name="round(e, L, K, shift)">
## A stable sort of the tile by four bits, ``shift`` bits up. Items have x0 .., consecutive elements (and p0 .., their places), before and
## after; tile (and tile_places) have all of them after it. columns: 16 counters an item.
<% split = e.form == "split" %>
            {
                const uint low = ${shift};
                for (uint v = 0; v < 16u; v++)
                    columns[v * ${L}u + item] = 0;
% for k in range(K):
                const uint d${k} = ((uint)(${e.sorted_by(f"x{k}")} >> low) & 15u) * ${L}u + item, r${k} = columns[d${k}]++;
% endfor
                barrier(CLK_LOCAL_MEM_FENCE);  // all columns are counted
${before("columns", 16 * L, L)}
% for k in range(K):
                tile[columns[d${k}] + r${k}] = x${k};
%   if split:
                tile_places[columns[d${k}] + r${k}] = p${k};
%   endif
% endfor
                barrier(CLK_LOCAL_MEM_FENCE);  // the tile is in order
% for k in range(K):
                x${k} = tile[item * ${K}u + ${k}u];
%   if split:
                p${k} = tile_places[item * ${K}u + ${k}u];
%   endif
% endfor
            }
</%def>
