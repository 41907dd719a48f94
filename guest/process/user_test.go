package process

import (
	"reflect"
	"strings"
	"testing"
)

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\n# a comment\nbroken\nweb:x:33:34:web:/srv:/bin/sh\n1000:x:7:8::/seven:\n"
	group  = "root:x:0:\nwww:x:34:\nstaff:x:50:root,web\nadm:x:51:web\n77:x:78:\n"
)

func TestUsersAreLookedUpInTheImage(t *testing.T) {
	for user, want := range map[string]identity{
		"":           {"root", 0, 0, []int{50}, "/root"},
		"root":       {"root", 0, 0, []int{50}, "/root"},
		"web":        {"web", 33, 34, []int{50, 51}, "/srv"},
		"33":         {"web", 33, 34, []int{50, 51}, "/srv"},
		"web:":       {"web", 33, 34, nil, "/srv"},
		"web:staff":  {"web", 33, 50, nil, "/srv"},
		"web:51":     {"web", 33, 51, nil, "/srv"},
		"web:4000":   {"web", 33, 4000, nil, "/srv"},
		"4000":       {"", 4000, 0, nil, "/"},
		"4000:5000":  {"", 4000, 5000, nil, "/"},
		"1000":       {"1000", 7, 8, nil, "/seven"}, // a name before a number
		"0:77":       {"root", 0, 78, nil, "/root"},
		"2147483647": {"", maxID, 0, nil, "/"},
	} {
		is, err := lookUp(user, strings.NewReader(passwd), strings.NewReader(group))
		if err != nil || !reflect.DeepEqual(is, want) {
			t.Errorf("%q: %+v, %v", user, is, err)
		}
	}
}

func TestUnknownUsersAndGroupsAreNamed(t *testing.T) {
	for user, want := range map[string]string{
		"nobody":     "unable to find user nobody: no matching entries in passwd file",
		"web:nobody": "unable to find group nobody: no matching entries in group file",
		"-1":         "uids and gids must be in range 0-2147483647",
		"2147483648": "uids and gids must be in range 0-2147483647",
		"web:-1":     "uids and gids must be in range 0-2147483647",
	} {
		_, err := lookUp(user, strings.NewReader(passwd), strings.NewReader(group))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v", user, err)
		}
	}
}

func TestImagesWithoutUserFilesRunAsNumbers(t *testing.T) {
	for user, want := range map[string]identity{
		"": {home: "/"}, "0": {home: "/"}, "5:6": {uid: 5, gid: 6, home: "/"},
	} {
		is, err := lookUp(user, strings.NewReader(""), strings.NewReader(""))
		if err != nil || !reflect.DeepEqual(is, want) {
			t.Errorf("%q: %+v, %v", user, is, err)
		}
	}
}
