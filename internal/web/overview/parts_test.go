package overview

import "testing"

func TestSentence(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"sending of channel webhook is stopped by duty (os:1000): a trial", "Sending of channel webhook is stopped by duty: a trial"},
		{"9 tasks (the oldest: two)", "9 tasks (the oldest: two)"},
		{"", ""},
		{"éteint", "Éteint"},
	} {
		if got := sentence(tt.in); got != tt.want {
			t.Errorf("%q became %q", tt.in, got)
		}
	}
	for in, want := range map[string]string{"class ddos": "the class Distributed denial of service", "feed honeynet": "the feed honeynet", "something": "something", "odd one": "odd one"} {
		if got := waitText(t.Context(), in); got != want {
			t.Errorf("%q is said as %q", in, got)
		}
	}
}
