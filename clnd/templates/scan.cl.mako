## Cumulative sums, products, minima and maxima along one axis.
##
## The order of float and complex sums, to the bit (docs/decisions/0008-scan-order.md). Number the elements of an axis from 0.
## Level 0: groups of 16 consecutive elements. s_i is the running sum inside the group, in order, the first element as it is; the
## group's total is its last s. Totals of 16 groups form a group of the next level, scanned by the same rule, and so on until one
## group is left. E(g), what stands before group g, is E(parent) + (running sum of its elder siblings' totals), where a missing part
## is left out. The result is E(i/16) + s_i; in the first group just s_i.
## Products of floats and complex numbers are the plain chain: acc = acc * x. Integers, minima and maxima are exact in any order, and
## take the tree's. float16 is carried in float32, and each result is rounded once.
##
## A part that is missing is stood for by `neutral`, which no value is changed by: -0.0 in a sum, where +0.0 would change -0.0.
## A tile whose length is a power of 16 is a whole subtree, so tiles change no bit.
##
##   walk       lines: lines are walked side by side. tiles: a task is a part of one line, whose groups lie side by side
##   phase      whole: a task takes all of its lines. totals: it makes the total of its tile. scan: it goes on from what stands before it
##   exclusive  each result leaves its own element out (carries of tiles)
##   tree       the order above, else the chain (lines, whole)
##   unit       (lines, CPU) vectors of lines that lie side by side, in runs; else each line is walked by itself
##   source, stored   the CTypes of memory: what is read and what is written; half: results are rounded to float16
##   acc        what is accumulated in, of width 1
##   read(code, width)      what memory held as acc
##   join(a, b, width)      two values joined
##   neutral, initial       C of the value that changes nothing, and of the first result where it is asked for: one a component
##   kept       axes besides the scanned one, after collapsing (unit: besides the run as well)
##   levels     levels of groups that there can be
##   width      elements a vector
##   PANEL      (lines) vectors that are walked side by side
##   team       (tiles, GPU) items of a task, a power of 16; each owns 16 consecutive elements. LOCAL: items of a work-group
##   STAGE      (tiles, GPU) whether elements go through local memory, so that neighbours read neighbours
##   load, put  (tiles, GPU) neighbours that are read and written as one vector, which is aligned; 1: one by one, 0: they are no neighbours
##   streams    (tiles, CPU) whether results are written past the caches: whole vectors, aligned to them
##   family, index, signed_index   as in elementwise.cl.mako
##
## Arguments: the operand and where it begins; results; carry: totals of tiles, or (GPU, scan) what stands before each; e1.. lengths of
## the kept axes, s_d and t_d the steps along them of operand and results; s, t: those along the scanned axis; lines; run, strips:
## lines that lie side by side and panels of them (unit); n; tile = 16^depth elements, tiles a line of this launch, pitch: of all;
## tasks, chunk: of all and of a work-group (CPU); lead: whether `initial` stands in front.
## Launch: cpu: ceil(tasks / chunk) groups of 1. gpu: lines: items stride over tasks; tiles: groups of LOCAL items, `team` a task.
## Each walk stands in a file of scan/.
<%namespace name="cache" file="/lib/cache.cl.mako"/>
% if streams:
${cache.streams()}
% endif
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% elif walk == "tiles":
__attribute__((reqd_work_group_size(${LOCAL}, 1, 1)))
% endif
void scan(
    __global const ${source.scalar} *a, const long o,
% if phase != "totals":
    __global ${"ushort" if half else stored.scalar} *out,
% endif
% if phase != "whole":
    __global ${"" if phase == "totals" else "const "}${acc.scalar} *carry,
% endif
% for d in range(1, kept):
    const ${index} e${d},
% endfor
% for d in range(kept):
    const ${signed_index} s${d}, const ${signed_index} t${d},
% endfor
    const ${signed_index} s, const ${signed_index} t, const ${index} lines, const ${index} run, const ${index} strips, const ${index} n,
    const ${index} tile, const int depth, const ${index} tiles, const ${index} pitch, const ${index} tasks, const ${index} chunk, const int lead)
{
% if walk == "lines":
<%include file="scan/lines.cl.mako"/>
% elif family == "cpu":
<%include file="scan/tiles_cpu.cl.mako"/>
% else:
<%include file="scan/tiles_gpu.cl.mako"/>
% endif
}
