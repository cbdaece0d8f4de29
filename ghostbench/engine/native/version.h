/* Versions that the runner prints of itself. */
#pragma once

#define RUNNER_VERSION "1.2.0"

/* Version of WIRE.md. A reader refuses any other. */
#define WIRE_VERSION 1
