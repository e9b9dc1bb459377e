package shell

import (
	"context"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/web/ui"
)

// now is when the page was made, so that a browser whose clock is wrong still says how long ago things were.
func now(ctx context.Context) string { return ui.Of(ctx).Now.UTC().Format(time.RFC3339) }

// htmxConfig keeps htmx to what the content policy allows: no style of its own, no eval (we use nothing that needs it), and the server's page
// instead of remembered ones.
const htmxConfig = `{"includeIndicatorCSS":false,"history":"reload","defaultTimeout":30000,"defaultSwap":"innerHTML","prefix":""}`

// base is the theme that the styles know; high contrast stands on the light one.
func base(theme string) string {
	if theme == "contrast" {
		return "light"
	}
	return theme
}

// scheme tells the browser before it has the styles, so that nothing flashes.
func scheme(theme string) string {
	switch theme {
	case "dark":
		return "dark"
	case "auto":
		return "light dark"
	default:
		return "light"
	}
}

func themeIcon(theme string) string {
	return map[string]string{"auto": "device-desktop", "light": "sun", "dark": "moon", "contrast": "contrast-2"}[theme]
}

func pressed(on bool) string { return strconv.FormatBool(on) }

func hitID(i int) string { return "hit-" + strconv.Itoa(i) }

// keyMap is what the keys do, for the dialog; assets/app.js does it.
var keyMap = []struct {
	name string
	keys []string
}{
	{"palette", []string{"Ctrl", "K"}},
	{"search", []string{"/"}},
	{"help", []string{"?"}},
	{"down", []string{"j"}},
	{"up", []string{"k"}},
	{"select", []string{"x"}},
	{"open", []string{"Enter"}},
	{"fresh", []string{"."}},
	{"close", []string{"Esc"}},
}

// has reports whether the section is in the navigation.
func (f frame) has(name string) bool {
	for _, entry := range f.Nav {
		if entry.Name == name {
			return true
		}
	}
	return false
}
