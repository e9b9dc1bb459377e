package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// How something that leaves has passed release.
const (
	permit   = "permit"   // it goes by delivery, which takes nothing without a permit
	channel  = "channel"  // it is how delivery sends, after Enqueue has asked for the permit
	decision = "decision" // release decides, and records it, in this package
	standing = "standing" // what is given was decided when it was put there, and the reader's standing is asked at each read
	asks     = "asks"     // it fetches, and says nothing of what we know
	handed   = "handed"   // somebody of the team takes it: release decides that they may, and each file is on record before its first byte (TestFilesPassTheDoor)
)

// senders are all files by which something can leave the house, and how each passes release. Whoever adds one says here how; a line that is not true any
// more goes. A person's own hands are the last sender: docs/guide/redaction.md says what is made for outsiders, and what is not.
var senders = map[string]string{
	"internal/app/audit.go":                     permit,
	"internal/app/clocks.go":                    permit,
	"internal/app/credential.go":                permit,
	"internal/app/feednotice.go":                permit,
	"internal/app/lapse.go":                     permit,
	"internal/app/mailanswer.go":                permit,
	"internal/app/oncall.go":                    permit,
	"internal/app/release.go":                   permit,
	"internal/app/team.go":                      permit,
	"internal/incident/tell.go":                 permit,
	"internal/notification/compose.go":          permit,
	"internal/notification/correctsend.go":      permit,
	"internal/notification/send.go":             permit,
	"internal/delivery/mail/relay.go":           channel,
	"internal/delivery/webhook/webhook.go":      channel,
	"internal/app/incident.go":                  decision, // the pager: release.ForPager
	"internal/app/countermeasure.go":            decision, // the second resolver, asked by a look: release.ForLookup
	"internal/incident/countermeasure/post.go":  decision, // abuse APIs: release.ForProvider, and looked through
	"internal/incident/countermeasure/probe.go": decision, // what the target would notice: release.ForLookup
	"internal/api/blocklist/server.go":          standing,
	"internal/api/taxii/media.go":               standing,
	"internal/app/app.go":                       asks, // RDAP, about addresses alone
	"internal/identity/sso/sso.go":              asks,
	"internal/incident/door/mailbox/mailbox.go": asks,
	"internal/feed/door/fetch/fetch.go":         asks,
	"internal/feed/door/reports/service.go":     asks,
	"internal/sharing/poll/page.go":             asks,
	"internal/sharing/poll/client.go":           asks,
	"internal/platform/httpx/client.go":         asks, // the machinery of the others
	"internal/platform/httpx/via.go":            asks,
	"internal/platform/socket/client.go":        asks, // the machine itself
	"internal/web/audit/export.go":              handed,
	"internal/web/clocks/export.go":             handed,
	"internal/web/countermeasures/export.go":    handed,
	"internal/web/events/export.go":             handed,
	"internal/web/evidence/evidence.go":         handed, // release decides, and it is looked through, unless it is for the team
	"internal/web/figures/export.go":            handed,
	"internal/web/findings/export.go":           handed,
	"internal/web/incidents/export.go":          handed,
	"internal/web/notifications/one.go":         handed,
	"internal/web/observables/export.go":        handed,
	"internal/web/organisations/list.go":        handed,
	"internal/web/printed/printed.go":           handed, // for outsiders: dossier, which has release decide and look through it
	"internal/web/reports/download.go":          handed,
	"internal/web/share/share.go":               handed, // and decided: give.Bundle has release record that the team itself takes it
	"internal/web/tasks/export.go":              handed,
	"internal/web/teams/teams.go":               handed,
	"internal/web/timeline/export.go":           handed,
	"internal/api/files.go":                     handed,
	"internal/api/filesexport.go":               handed, // as the page of evidence
	"internal/api/plain.go":                     handed,
}

// unasked are the plain handlers of the API that ask nobody who they are: they give what is the same for everybody.
var unasked = []string{`"GET " + Root + "/docs.css"`, `"GET " + Root + "/docs"`, `Root + "/"`}

// Whatever is an attachment passes the door at which release decides, and puts on record who took it: of the pages all that somebody logged in asks for, of the
// API all plain handlers. Nothing else may make a file, so nobody has to remember it.
func TestFilesPassTheDoor(t *testing.T) {
	doors := map[string]bool{"internal/web/shell/chain.go": false, "internal/api/plain.go": false}
	for _, s := range sources(t) {
		face := roomOf(s.dir()) == "web" || roomOf(s.dir()) == "api"
		if s.test() || !face {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch text := types.ExprString(c.Fun); {
			case text == "taking.Watch":
				if _, is := doors[s.path]; !is {
					t.Errorf("%s watches files, which is the door's: internal/web/shell and internal/api do", s.path)
				}
				doors[s.path] = true
			case text == "a.plain.HandleFunc" && s.dir() == "internal/api":
				handler, asked := c.Args[1].(*ast.CallExpr)
				if asked = asked && types.ExprString(handler.Fun) == "a.asked"; !asked && !slices.Contains(unasked, types.ExprString(c.Args[0])) {
					t.Errorf("%s answers %s without a.asked, so a file of it would be on no record", s.path, types.ExprString(c.Args[0]))
				}
			case strings.HasPrefix(text, "http.ServeFile") && s.dir() != "internal/web/assets":
				t.Errorf("%s gives a file of the disk", s.path)
			}
			return true
		})
	}
	for door, watched := range doors {
		if !watched {
			t.Errorf("%s does not watch the files that go through it", door)
		}
	}
}

// decides are the names by which a package has release decide.
var decides = []string{
	"ForReporter", "ForParty", "ForPerson", "ForTeam", "ForPager", "ForProvider", "ForLookup", "ForIn", "Must", "For", "ForAll", "Decide", "Permit", "Merge", "Clear", "SendIn", "WriteIn",
	"Fresh", "Stands",
}

func TestEverySenderPassesRelease(t *testing.T) {
	found := map[string]bool{}
	named := map[string][]string{} // the identifiers of each package
	for _, s := range sources(t) {
		if s.test() || strings.HasSuffix(s.path, "_templ.go") || !strings.HasPrefix(s.path, "internal/") && !strings.HasPrefix(s.path, "cmd/") {
			continue
		}
		if roomOf(s.dir()) == "demo" {
			continue // the world that a demonstration plays
		}
		if sends(s) {
			found[s.path] = true
			if senders[s.path] == "" {
				t.Errorf("%s lets something leave: say in internal/house/senders_test.go how it passes release", s.path)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && slices.Contains(decides, id.Name) {
				named[s.dir()] = append(named[s.dir()], id.Name)
			}
			return true
		})
	}
	for file, how := range senders {
		if !found[file] {
			t.Errorf("%s lets nothing leave any more: take its line out of internal/house/senders_test.go", file)
		}
		if (how == permit || how == decision) && len(named[path.Dir(file)]) == 0 {
			t.Errorf("%s is said to pass release, and nothing in its package does", file)
		}
	}
}

// sends tells whether a file can let something leave.
func sends(s source) bool {
	out := false
	face := roomOf(s.dir()) == "web" || roomOf(s.dir()) == "api"
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			out = out || sending(n)
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				text, _ := strconv.Unquote(n.Value)
				out = out || face && (text == "Content-Disposition" || strings.HasPrefix(text, "application/taxii+json"))
			}
		}
		return !out
	})
	return out
}

// clients are the calls that open a way out, by package and function.
var clients = map[string][]string{
	"httpx": {"New"}, "http": {"NewRequest", "NewRequestWithContext", "Post", "PostForm", "Get", "Head"}, "smtp": {"Dial", "NewClient", "SendMail"}, "net": {"Dial", "DialTimeout"},
}

// sending tells of a call that composes or queues a message, or that opens a way out.
func sending(c *ast.CallExpr) bool {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if f.Sel.Name == "DialContext" {
		return true
	}
	switch on := f.X.(type) {
	case *ast.SelectorExpr:
		return on.Sel.Name == "Delivery" && (f.Sel.Name == "Compose" || f.Sel.Name == "Enqueue")
	case *ast.Ident:
		return slices.Contains(clients[on.Name], f.Sel.Name)
	}
	return false
}

func TestSendersAreSeen(t *testing.T) {
	for text, want := range map[string]bool{
		`a.Delivery.Enqueue(tx, permit, ready)`:                      true,
		`s.o.Delivery.Compose(ctx, permit, draft)`:                   true,
		`httpx.New(httpx.Options{})`:                                 true,
		`http.NewRequestWithContext(ctx, "POST", u, nil)`:            true,
		`d.DialContext(ctx, "tcp", a)`:                               true,
		`w.Header().Set("Content-Disposition", "attachment")`:        true,
		`w.Header().Set("Content-Type", "application/taxii+json;v")`: true,
		`jobs.Enqueue(tx, now, p)`:                                   false,
		`http.NewServeMux()`:                                         false,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() { "+text+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := sends(source{path: "internal/web/x/x.go", file: f}); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
