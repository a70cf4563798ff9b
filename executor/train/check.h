// Our CHECK in files that see LibTorch, which has one of that name, too: include this last.
#pragma once

#undef CHECK
#include "policies/core/check.h"
