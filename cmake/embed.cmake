# Builds text files into the program: data stays readable beside the code that uses it, and the
# program needs no files at run time.
#
# tandem_embed(TARGET FILE SYMBOL): adds to TARGET a source that defines
# `extern const std::string_view SYMBOL` in namespace tandem, with the contents of FILE.

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(READ "${INPUT}" text)
  string(FIND "${text}" ")embedded\"" closing)
  if(NOT closing EQUAL -1)
    message(FATAL_ERROR "${INPUT}: the text holds the end of its own literal")
  endif()
  file(WRITE "${OUTPUT}" "#include <string_view>

namespace tandem {
namespace {
constexpr char kText[] = R\"embedded(${text})embedded\";
}  // namespace
extern const std::string_view ${SYMBOL};
constinit const std::string_view ${SYMBOL}{kText, sizeof(kText) - 1};
}  // namespace tandem
")
  return()
endif()

include_guard()
set(TANDEM_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(tandem_embed target file symbol)
  get_filename_component(input "${file}" ABSOLUTE)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cc")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DINPUT=${input}" "-DOUTPUT=${output}" "-DSYMBOL=${symbol}"
            -P "${TANDEM_EMBED_SCRIPT}"
    DEPENDS "${input}" "${TANDEM_EMBED_SCRIPT}"
    VERBATIM)
  # Longer literals than the standard's minimum are what this is for.
  set_source_files_properties("${output}" PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  target_sources(${target} PRIVATE "${output}")
endfunction()
