package house

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the rooms of docs/design.md, section 3. A room's folder is below internal/, but for cmd and test.
var floors = map[string]int{
	"core": 0, "platform": 1, "audit": 2, "identity": 2, "constituency": 3, "event": 3, "release": 4, "delivery": 5,
	"feed": 6, "notification": 6, "incident": 6, "vulnerability": 6, "advisory": 6, "sharing": 6, "duty": 6, "sensor": 6, "trend": 6,
	"awareness": 6, "demo": 6, "desk": 6, "web": 7, "api": 7, "app": 8, "cmd": 8, "test": 9, "house": 9,
}

var floorNames = [...]string{
	"words (standard library only)", "machinery", "who and the record", "registers", "what may be told", "channels", "work", "faces", "the program", "",
}

// sideways are the steps on one floor that are allowed.
var sideways = map[[2]string]bool{{"identity", "audit"}: true, {"cmd", "app"}: true, {"test", "house"}: true}

// narrow are rooms that may import less than their floor allows.
var narrow = map[string][]string{"demo": {"core", "platform", "event"}}

// roomOf names the room of a folder or import path inside the module; "" is none.
func roomOf(dir string) string {
	parts := strings.Split(strings.TrimPrefix(dir, module+"/"), "/")
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[1]
	}
	return parts[0]
}

// imported are the import paths of a file.
func imported(s source) (paths []string) {
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

func TestFloorsHold(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || roomOf(s.dir()) == "deps" {
			continue
		}
		for _, p := range imported(s) {
			if complaint := judge(roomOf(s.dir()), p); complaint != "" {
				t.Errorf("%s imports %s: %s", s.path, p, complaint)
			}
		}
	}
}

// judge says what is wrong with an import of a room's; "" is nothing.
func judge(room, path string) string {
	floor, known := floors[room]
	if !known {
		return "the room " + room + " is on no floor: give it one in internal/house and .golangci.yml"
	}
	if !strings.HasPrefix(path, module+"/") {
		if room == "core" && strings.Contains(strings.Split(path, "/")[0], ".") {
			return "core imports the standard library only"
		}
		return ""
	}
	other := roomOf(path)
	switch below, known := floors[other]; {
	case other == room:
		return ""
	case !known:
		return "the room " + other + " is on no floor"
	case below > floor:
		return fmt.Sprintf("floor %d is above floor %d", below, floor)
	case below == floor && !sideways[[2]string{room, other}]:
		return "rooms of one floor do not import each other: declare a function type and let app wire it"
	case narrow[room] != nil && !slices.Contains(narrow[room], other):
		return fmt.Sprintf("%s imports only %v", room, narrow[room])
	}
	return ""
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name, room, path string
		allowed          bool
	}{
		{"down", "feed", module + "/internal/event", true},
		{"inside a room", "feed", module + "/internal/feed/format", true},
		{"up", "event", module + "/internal/feed", false},
		{"sideways", "constituency", module + "/internal/event/query", false},
		{"identity to audit", "identity", module + "/internal/audit", true},
		{"audit to identity", "audit", module + "/internal/identity", false},
		{"core to a module", "core", "github.com/google/uuid", false},
		{"core to the standard library", "core", "net/netip", true},
		{"demo to the register", "demo", module + "/internal/constituency", false},
		{"a room that nobody knows", "cellar", "fmt", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := judge(tt.room, tt.path); (got == "") != tt.allowed {
				t.Errorf("got %q", got)
			}
		})
	}
}

// TestLinterKnowsTheFloors sees to it that depguard has a rule for each room that exists.
func TestLinterKnowsTheFloors(t *testing.T) {
	config := read(t, ".golangci.yml")
	for _, s := range sources(t) {
		if room := roomOf(s.dir()); strings.HasPrefix(s.path, "internal/") && room != "house" && room != "deps" {
			if !strings.Contains(config, "**/internal/"+room+"/**") {
				t.Errorf(".golangci.yml has no depguard rule for %s", room)
			}
		}
	}
}

const (
	drawBegin = "<!-- floors: drawn by internal/house; go test ./internal/house -update -->\n"
	drawEnd   = "<!-- floors: end -->\n"
)

// TestDesignShowsFloors keeps the picture of the floors in docs/design.md as the imports are.
func TestDesignShowsFloors(t *testing.T) {
	drawn(t, "docs/design.md", drawBegin, drawEnd, draw(t))
}

// draw makes a Mermaid picture of the rooms that exist and of who imports whom. Everybody imports core and platform: those arrows are
// left out, and app's, which imports everything.
func draw(t *testing.T) string {
	edges, rooms := map[[2]string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		room := roomOf(s.dir())
		if s.test() || floors[room] == 9 || room == "deps" {
			continue
		}
		rooms[room] = true
		for _, p := range imported(s) {
			if other := roomOf(p); strings.HasPrefix(p, module) && other != room && floors[other] > 1 && room != "app" && other != "deps" {
				edges[[2]string{room, other}] = true
			}
		}
	}
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart TB\n")
	for floor := 8; floor >= 0; floor-- {
		drawFloor(&b, floor, rooms)
	}
	for _, e := range slices.SortedFunc(maps.Keys(edges), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	}) {
		fmt.Fprintf(&b, "  %s --> %s\n", e[0], e[1])
	}
	b.WriteString("```\n")
	return b.String()
}

func drawFloor(b *strings.Builder, floor int, rooms map[string]bool) {
	var here []string
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		if f, ok := floors[room]; ok && f == floor {
			here = append(here, room)
		}
	}
	if len(here) == 0 {
		return
	}
	fmt.Fprintf(b, "  subgraph floor%d[\"%d: %s\"]\n    %s\n  end\n", floor, floor, floorNames[floor], strings.Join(here, "\n    "))
}
