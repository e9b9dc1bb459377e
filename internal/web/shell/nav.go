package shell

// section is one entry of the navigation.
type section struct {
	Name   string // of Page.Section; its text is "shell.nav.NAME"
	Path   string
	Icon   string
	Key    string // g and this key lead there
	Active bool
	Apart  bool // a gap stands before it
}

// sections are all that may stand in the navigation, in its order. One whose page is not there yet is left out.
var sections = []section{
	{Name: "overview", Path: "/", Icon: "layout-dashboard", Key: "h"},
	{Name: "reports", Path: "/reports", Icon: "inbox", Key: "r"},
	{Name: "incidents", Path: "/incidents", Icon: "flame", Key: "i"},
	{Name: "tasks", Path: "/tasks", Icon: "clipboard-check", Key: "t"},
	{Name: "clocks", Path: "/clocks", Icon: "clock", Key: "c"},
	{Name: "countermeasures", Path: "/countermeasures", Icon: "ban", Key: "b"},
	{Name: "dialogues", Path: "/investigations", Icon: "mail-question", Key: "v"},
	{Name: "events", Path: "/events", Icon: "activity", Key: "e"},
	{Name: "findings", Path: "/findings", Icon: "bug", Key: "f"},
	{Name: "organisations", Path: "/organisations", Icon: "building-community", Key: "o"},
	{Name: "directory", Path: "/directory", Icon: "world", Key: "m"},
	{Name: "sharing", Path: "/sharing", Icon: "network", Key: "x"},
	{Name: "indicators", Path: "/indicators", Icon: "radar", Key: "k"},
	{Name: "notifications", Path: "/notifications", Icon: "mail", Key: "n"},
	{Name: "releases", Path: "/releases", Icon: "shield-check", Key: "w"},
	{Name: "lookup", Path: "/lookup", Icon: "search", Key: "l"},
	{Name: "figures", Path: "/figures", Icon: "chart-bar", Key: "u"},
	{Name: "feeds", Path: "/feeds", Icon: "rss", Key: "d", Apart: true},
	{Name: "jobs", Path: "/jobs", Icon: "list-check", Key: "j"},
	{Name: "stops", Path: "/stops", Icon: "hand-stop", Key: "s"},
	{Name: "audit", Path: "/audit", Icon: "history", Key: "a"},
	{Name: "people", Path: "/people", Icon: "users", Key: "p"},
	{Name: "account", Path: "/account", Icon: "user", Key: "y"},
	{Name: "settings", Path: "/settings", Icon: "settings", Key: ","},
}

// nav is the navigation for a page of the section named.
func (s *Shell) nav(active string) []section {
	var out []section
	for _, entry := range sections {
		path := entry.Path
		if path == "/" {
			path = "/{$}"
		}
		if s.has(path) {
			entry.Active = entry.Name == active
			out = append(out, entry)
		}
	}
	return out
}
