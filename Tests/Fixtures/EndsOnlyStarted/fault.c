/* Cannot be ended before it was started: what `start` makes, `destroy` takes for granted. */
#define FIXTURE_CREATE create_larger
#define FIXTURE_START start
#define FIXTURE_DESTROY end
#include "../fixture.h"

typedef struct module_instance {
    fixture common;
    int *volatile made;
} module_instance;

static int32_t create_larger(void *module, const gantry_call_v1 *call, const gantry_host_v1 *host,
                             gantry_str_v1 configuration, void **out_instance, gantry_error_v1 *error) {
    int32_t status = create(module, call, host, configuration, out_instance, error);
    if (status != GANTRY_OK) return status;
    void *larger = realloc(*out_instance, sizeof(module_instance));
    if (larger == NULL) return destroy(*out_instance), GANTRY_E_BUSY;
    ((module_instance *)larger)->made = NULL;
    *out_instance = larger;
    return GANTRY_OK;
}

static int32_t start(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    module_instance *self = instance;
    (void)call, (void)error;
    self->made = malloc(sizeof *self->made);
    return self->made == NULL ? GANTRY_E_BUSY : GANTRY_OK;
}

static int32_t end(void *instance) {
    module_instance *self = instance;
    *self->made = 0;
    free(self->made);
    return destroy(instance);
}

FIXTURE_MODULE(handle_well)
