## Functions that only the device probe calls.

<%def name="contracted(t)">
static inline ${t} contracted_${t}(${t} a, ${t} b, ${t} c)
{
#pragma OPENCL FP_CONTRACT ON
    return a * b + c;
}
</%def>

<%def name="inlined_product(t)">
static inline ${t} inlined_product_${t}(${t} a, ${t} b) { return a * b; }
</%def>
