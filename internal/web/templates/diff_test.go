package templates

import "testing"

func TestDiff(t *testing.T) {
	tests := []struct{ name, before, after, want string }{
		{"the same", "a\nb\n", "a\nb\n", ""},
		{"a line more", "a\nb\n", "a\nx\nb\n", "  a\n+ x\n  b\n"},
		{"a line less", "a\nx\nb\n", "a\nb\n", "  a\n- x\n  b\n"},
		{"another line", "a\nx\nb\n", "a\ny\nb\n", "  a\n- x\n+ y\n  b\n"},
		{"from nothing", "", "a\n", "+ a\n"},
		{"far lines are left out", "1\n2\n3\n4\n5\n6\n7\n8\nx\n", "1\n2\n3\n4\n5\n6\n7\n8\ny\n", "  …\n  6\n  7\n  8\n- x\n+ y\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := unified(diff(tt.before, tt.after)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
