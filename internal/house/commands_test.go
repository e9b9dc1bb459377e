package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// How what a command writes has passed release.
const (
	taken  = "taken"  // a file, or what other programs read: session.taken puts it on record before its first byte
	shown  = "shown"  // it answers on the screen of who asked
	copied = "copied" // the whole house in one file, sealed: the copy itself is on record
)

// commands are those that write out more than sentences. Whoever adds one says here how it passes release.
var commands = map[string]string{
	"auditListCmd":      shown,
	"auditVerifyCmd":    shown,
	"backupCmd":         copied,
	"blocklistCmd":      taken,
	"bounceCmd":         shown,
	"checkCmd":          shown,
	"clocksCmd":         shown,
	"configCmd":         shown,
	"dataCmd":           shown,
	"demoCmd":           shown,
	"doctorCmd":         shown,
	"eventsCmd":         taken,
	"exportCmd":         taken,
	"feedHealthCmd":     shown,
	"feedListCmd":       shown,
	"feedReplayCmd":     shown,
	"feedSetAsideCmd":   shown,
	"feedTokenCmd":      shown,
	"findingsListCmd":   taken,
	"findingsMoveCmd":   shown,
	"findingsShowCmd":   shown,
	"importCmd":         shown,
	"indicatorAddCmd":   shown,
	"indicatorListCmd":  shown,
	"indicatorShowCmd":  shown,
	"ingestCmd":         shown,
	"keepCompactCmd":    shown,
	"keepEraseCmd":      shown,
	"keepExpireCmd":     shown,
	"keepRollupCmd":     shown,
	"keepSharedCmd":     shown,
	"keepSweepCmd":      shown,
	"keysShowCmd":       shown,
	"keysWebhookCmd":    shown,
	"notifyCmd":         shown,
	"outboxListCmd":     shown,
	"outboxSendCmd":     shown,
	"outboxShowCmd":     taken,
	"playbookCheckCmd":  shown,
	"queueListCmd":      shown,
	"releaseAckCmd":     shown,
	"releaseApproveCmd": shown,
	"releaseAskCmd":     shown,
	"releaseAskLeakCmd": shown,
	"releaseCorrectCmd": shown,
	"releaseExplainCmd": shown,
	"releaseGrantCmd":   shown,
	"releaseGrantsCmd":  shown,
	"releaseHoldersCmd": shown,
	"releaseLeaksCmd":   shown,
	"releaseListCmd":    shown,
	"releaseRefuseCmd":  shown,
	"releaseRelaxCmd":   shown,
	"releaseRevokeCmd":  shown,
	"releaseWishCmd":    shown,
	"restoreCmd":        shown,
	"serveCmd":          shown,
	"sharingBundleCmd":  taken,
	"sharingEraseCmd":   shown,
	"sharingReplayCmd":  shown,
	"sharingKeptCmd":    shown,
	"sharingPutCmd":     shown,
	"sharingSourcesCmd": shown,
	"stixEventsCmd":     taken,
	"stixValidateCmd":   shown,
	"stopCmd":           shown,
	"teamAgreementCmd":  shown,
	"teamExportCmd":     taken,
	"teamFindCmd":       shown,
	"teamGroupCmd":      shown,
	"teamImportCmd":     shown,
	"teamListCmd":       shown,
	"teamShowCmd":       shown,
	"tokenAddCmd":       shown,
	"tokenListCmd":      shown,
	"userAddCmd":        shown,
	"userAgreementCmd":  shown,
	"userInviteCmd":     shown,
	"userListCmd":       shown,
	"verifyCmd":         shown,
	"whoCmd":            shown,
}

// program is package main of the command, to be followed from a command to all that it calls there.
type program struct {
	functions map[string]*ast.FuncDecl // "type.method" or "function"
	methods   map[string][]string      // the names in functions by the method's name alone
}

func programOf(list []source) program {
	p := program{map[string]*ast.FuncDecl{}, map[string][]string{}}
	for _, s := range list {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			name := f.Name.Name
			if on := receiver(f); on != "" {
				name = on + "." + name
				p.methods[f.Name.Name] = append(p.methods[f.Name.Name], name)
			}
			p.functions[name] = f
		}
	}
	return p
}

// receiver names the type of a method, "" of a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*"), "()")
}

// spoken are the methods by which a session says a sentence.
var spoken = []string{"session.printf", "session.hang"}

// does are the calls, and the fields, that a command and all that it calls here use, such as "os.Create", "s.out" and "taken".
func (p program) does(name string, seen map[string]bool) (what []string) {
	f := p.functions[name]
	if f == nil || seen[name] || slices.Contains(spoken, name) {
		return nil
	}
	seen[name] = true
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			what = append(what, types.ExprString(n))
			if n.Sel.Name == "out" {
				what = append(what, "out")
			}
			for _, method := range p.meant(f, n) {
				what = append(what, p.does(method, seen)...)
			}
		case *ast.Ident:
			what = append(what, p.does(n.Name, seen)...)
		}
		return true
	})
	return what
}

// meant are the methods that a selector may mean: those of the receiver's own type, of the session, or else of any type of the program that has one.
func (p program) meant(f *ast.FuncDecl, n *ast.SelectorExpr) []string {
	on := types.ExprString(n.X)
	if f.Recv != nil && len(f.Recv.List[0].Names) > 0 && on == f.Recv.List[0].Names[0].Name {
		if own := receiver(f) + "." + n.Sel.Name; p.functions[own] != nil {
			return []string{own}
		}
	}
	if session := "session." + n.Sel.Name; (on == "s" || strings.HasSuffix(on, ".session")) && p.functions[session] != nil {
		return []string{session}
	}
	if strings.ContainsAny(on, ".(") || n.Sel.Name == "Run" {
		return nil // of another package, or a command, which nobody here calls
	}
	return p.methods[n.Sel.Name]
}

// files are the calls by which a command makes a file, or what is one as soon as somebody writes ">" behind it.
var filing = []string{"os.Create", "os.OpenFile", "os.WriteFile", "os.Rename", "csv.NewWriter", "s.out.Write", "b.Write"}

// TestEveryCommandPassesRelease follows each command to what it writes.
func TestEveryCommandPassesRelease(t *testing.T) {
	var list []source
	for _, s := range sources(t) {
		if s.dir() == "cmd/firehall" && !s.test() {
			list = append(list, s)
		}
	}
	p := programOf(list)
	found := map[string]bool{}
	for name := range p.functions {
		command, ok := strings.CutSuffix(name, ".Run")
		if !ok {
			continue
		}
		what := p.does(name, map[string]bool{})
		if !slices.ContainsFunc(what, func(w string) bool { return w == "out" || slices.Contains(filing, w) }) {
			continue
		}
		found[command] = true
		if fault := judgeCommand(commands[command], what); fault != "" {
			t.Errorf("%s %s", command, fault)
		}
	}
	for command := range commands {
		if !found[command] {
			t.Errorf("%s writes nothing out any more: take its line out of internal/house/commands_test.go", command)
		}
	}
}

// judgeCommand says what is wrong with how a command writes; "" for nothing.
func judgeCommand(how string, what []string) string {
	switch {
	case how == "":
		return "writes something out: say in internal/house/commands_test.go how it passes release"
	case how == taken && !slices.Contains(what, "s.taken"):
		return "is said to put on record that it is taken, and does not"
	case how == shown:
		if i := slices.IndexFunc(what, func(w string) bool { return slices.Contains(filing, w) }); i >= 0 {
			return "makes a file (" + what[i] + "): s.taken has release decide that, and puts it on record"
		}
	}
	return ""
}

func TestCommandsAreSeen(t *testing.T) {
	const text = `package main
func (c *aCmd) Run(s *session) error { s.printf("x"); return nil }
func (c *bCmd) Run(s *session) error { return c.write(s) }
func (c *bCmd) write(s *session) error { return show(s) }
func show(s *session) error { return json.NewEncoder(s.out).Encode(1) }
func (c *cCmd) Run(s *session) error { f, err := os.OpenFile("x", 0, 0); return err }
func (c *dCmd) Run(s *session) error { if err := s.taken(a, actor, "d", "", ""); err != nil { return err }; f, err := os.OpenFile("x", 0, 0); return err }
func (s *session) printf(t string) { s.out.Write(nil) }
func (s *session) taken() error { return nil }
`
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := programOf([]source{{path: "cmd/firehall/x.go", file: f}})
	for name, want := range map[string][3]bool{"aCmd": {false, true, false}, "bCmd": {true, true, false}, "cCmd": {false, false, false}, "dCmd": {false, false, true}} {
		what := p.does(name+".Run", map[string]bool{})
		got := [3]bool{slices.Contains(what, "out"), judgeCommand(shown, what) == "", judgeCommand(taken, what) == ""}
		if got != want {
			t.Errorf("%s: writes, may be shown, is taken: %v, want %v", name, got, want)
		}
	}
}
