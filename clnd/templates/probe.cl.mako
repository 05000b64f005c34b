## What this device's compiler does to arithmetic: run once per device and driver.
##
## Results go to out[0..]: one word per case, as bits. The host compares them with exact values.
##   t   the CType of the cases: float scalars, or vectors as wide as kernels of the family use
##
## Launch: one item.
__kernel void probe(__global const float *in, __global uint *out, const uint n, const float mz)
{
    // One work-item: the cases are few, and loops over arguments keep the compiler from folding.
    for (uint i = 0; i < n; i++) {
        const float a = in[3 * i], b = in[3 * i + 1], c = in[3 * i + 2];
        const ${t} va = (${t})(a), vb = (${t})(b), vc = (${t})(c);
        ${t} r[8];
        r[0] = fma(va, vb, vc);                 // the builtin
        r[1] = contracted_${t}(va, vb, vc);     // contraction asked for
        const ${t} p = va * vb;                 // a product feeding one add, and two
        r[2] = p + vc;
        r[3] = (p + vc) * (p - vc);
        r[4] = inlined_product_${t}(va, vb) + vc;   // across an inlined call
        r[5] = va / vb;
        r[6] = sqrt(fabs(va));
        r[7] = fma(va, vb, (${t})(mz)) + vc;    // the guarded spelling
        for (uint k = 0; k < 8; k++)
% if t.is_vector:
            out[8 * i + k] = as_uint(r[k].s${"%x" % (t.width - 1)});
% else:
            out[8 * i + k] = as_uint(r[k]);
% endif
    }
}
