#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "importers/graphdef/extraction.h"
#include "importers/graphdef/v1_control_flow.h"

namespace litesmith::importers::graphdef {
namespace {

constexpr std::string_view kForeign[] = {"Enter", "RefEnter", "Exit", "RefExit"};

bool is_enter(const FlowNode& node) { return node.op == "Enter" || node.op == "RefEnter"; }
bool is_next(const FlowNode& node) { return node.op == "NextIteration" || node.op == "RefNextIteration"; }

std::string frame_name(const FlowNode& node) {
  const auto found = node.attrs.find("frame_name");
  const auto* name = found == node.attrs.end() ? nullptr : std::get_if<std::string>(&found->second);
  return name == nullptr ? std::string() : *name;
}

/// A value of a loop: Enter -> Merge -> Switch -> body -> NextIteration -> Merge, or Enter alone when it never changes.
struct Carried {
  int enter = -1;
  int merge = -1;
  Endpoint next{};
  std::vector<int> switches{}, exits{};
};

struct Frame {
  std::vector<Carried> values;
  Endpoint condition{};
};

class LoopRaising {
 public:
  LoopRaising(FlowGraph& graph, FunctionLibrary& library) : graph_(graph), library_(library) {}

  void run() {
    auto frames = enters_by_frame();
    while (!frames.empty()) {
      const std::size_t before = frames.size();
      for (auto frame = frames.begin(); frame != frames.end();)
        frame = raise(frame->first, frame->second) ? frames.erase(frame) : std::next(frame);
      if (frames.size() == before)
        fail(ErrorKind::unsupported, "the loop of frame '", frames.begin()->first, "' (",
             node(frames.begin()->second.front()).name, ") has another form than TensorFlow's while_loop");
    }
  }

 private:
  const FlowNode& node(int n) const { return graph_.nodes[static_cast<std::size_t>(n)]; }

  std::map<std::string, std::vector<int>> enters_by_frame() const {
    std::map<std::string, std::vector<int>> frames;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n)
      if (is_enter(graph_.nodes[n])) frames[frame_name(graph_.nodes[n])].push_back(static_cast<int>(n));
    return frames;
  }

  /// nullopt where the parts of a loop are not all there.
  std::optional<Frame> parts(const std::vector<int>& enters) const {
    const auto read_by = readers(graph_);
    const auto of = [&](int n) -> const auto& { return read_by[static_cast<std::size_t>(n)]; };
    Frame frame;
    int loop_cond = -1;
    for (const int enter : enters) {
      Carried value{.enter = enter};
      for (const auto& [reader, unused] : of(enter))
        if (node(reader).op == "Merge" || node(reader).op == "RefMerge") value.merge = reader;
      if (value.merge >= 0) {
        for (const Endpoint& input : node(value.merge).inputs)
          if (is_next(node(input.node))) value.next = operand(node(input.node), 0);
        for (const auto& [reader, number] : of(value.merge)) {
          if (number != 0 || (node(reader).op != "Switch" && node(reader).op != "RefSwitch")) continue;
          value.switches.push_back(reader);
          if (node(operand(node(reader), 1).node).op == "LoopCond") loop_cond = node(reader).inputs[1].node;
          for (const auto& [exit, input] : of(reader))
            if (node(exit).op == "Exit" || node(exit).op == "RefExit") value.exits.push_back(exit);
        }
        if (value.next.node < 0) return std::nullopt;
      }
      frame.values.push_back(std::move(value));
    }
    if (loop_cond < 0) return std::nullopt;
    frame.condition = operand(node(loop_cond), 0);
    return frame;
  }

  bool raise(const std::string& name, const std::vector<int>& enters) {
    const auto frame = parts(enters);
    if (!frame) return false;
    Boundary before_switch, behind_switch;
    std::vector<Endpoint> next;
    for (std::size_t i = 0; i < frame->values.size(); ++i) {
      const Carried& value = frame->values[i];
      const int number = static_cast<int>(i);
      const Endpoint start{value.merge >= 0 ? value.merge : value.enter, 0};
      before_switch.emplace(start, number);
      for (const int one : value.switches) behind_switch.emplace(Endpoint{one, 1}, number);
      next.push_back(value.merge >= 0 ? value.next : start);
    }
    behind_switch.insert(before_switch.begin(), before_switch.end());
    const int count = static_cast<int>(frame->values.size());
    auto cond = extract(graph_, before_switch, count, std::span(&frame->condition, 1), kForeign);
    auto body = extract(graph_, behind_switch, count, next, kForeign);
    if (!cond || !body) return false;
    for (FlowGraph* function : {&*cond, &*body}) {
      raise_branches(*function, library_);
      prune_and_order(*function);
    }
    replace(name, *frame, std::move(*cond), std::move(*body));
    return true;
  }

  void replace(const std::string& name, const Frame& frame, FlowGraph cond, FlowGraph body) {
    FlowNode loop{.name = name, .op = "While"};
    loop.attrs.emplace("cond", function_attr(library_.add(name + "/cond", std::move(cond))));
    loop.attrs.emplace("body", function_attr(library_.add(name + "/body", std::move(body))));
    const int number = static_cast<int>(graph_.nodes.size());
    std::map<Endpoint, Endpoint> changes;
    for (std::size_t i = 0; i < frame.values.size(); ++i) {
      const Carried& value = frame.values[i];
      loop.inputs.push_back(operand(node(value.enter), 0));
      for (const int exit : value.exits) changes.emplace(Endpoint{exit, 0}, Endpoint{number, static_cast<int>(i)});
      for (const int part : {value.enter, value.merge})
        if (part >= 0) forget(part);
    }
    graph_.nodes.push_back(std::move(loop));
    redirect(graph_, changes);
  }

  /// The old parts lead nowhere: nothing of them may look like a loop again.
  void forget(int n) {
    FlowNode& part = graph_.nodes[static_cast<std::size_t>(n)];
    part.op = "NoOp";
    part.inputs.clear();
    part.controls.clear();
  }

  FlowGraph& graph_;
  FunctionLibrary& library_;
};

}  // namespace

void raise_loops(FlowGraph& graph, FunctionLibrary& library) { LoopRaising(graph, library).run(); }

}  // namespace litesmith::importers::graphdef
