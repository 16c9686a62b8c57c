/* One tag that means two things, by how the fixture is compiled, and one that the host has too. */
#include <stdint.h>
struct fixture_shape {
    int32_t side;
#if defined(WIDE)
    int32_t more[17];
#endif
};
#if defined(LIKE_HOST)
typedef struct gantry_finding_v1 {
    int64_t other;
} gantry_finding_v1;
#endif
