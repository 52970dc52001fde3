#pragma once

#include "importers/graphdef/function_library.h"

/// TensorFlow 1 writes loops and branches as nodes that pass values on or not (Enter, Merge, Switch, LoopCond,
/// NextIteration, Exit). Here they become While and If with functions (reference: importers.md §1.4).
namespace litesmith::importers::graphdef {

/// Takes out what constant conditions decide: the branch not taken, and the Switch and Merge nodes around the other.
void take_constant_branches(FlowGraph& graph);

/// Frames of Enter ... Exit become While nodes, the innermost first. Throws Error(unsupported) naming a node of a frame
/// that has another form than loops of TensorFlow.
void raise_loops(FlowGraph& graph, FunctionLibrary& library);

/// Merge nodes of two branches become If nodes, the innermost first. Throws Error(unsupported) as raise_loops.
void raise_branches(FlowGraph& graph, FunctionLibrary& library);

}  // namespace litesmith::importers::graphdef
