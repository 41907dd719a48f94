package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// identity is whom a process runs as.
type identity struct {
	name     string // as group lists have it; empty where passwd doesn't know the user
	uid, gid int
	groups   []int // supplementary
	home     string
}

// maxID is the largest user or group id that is not a mark for "unchanged".
const maxID = 1<<31 - 1

var errRange = fmt.Errorf("uids and gids must be in range 0-%d", maxID)

// lookUp resolves Docker's USER ("name", "uid", "name:group", "uid:gid", …) with the image's own
// passwd and group files, which may be missing as long as only numbers are used.
func lookUp(user string, passwd, group io.Reader) (identity, error) {
	name, groupName, hasGroup := strings.Cut(user, ":")
	id := identity{home: "/"}
	if name == "" {
		name = "0"
	}
	entry := findUser(name, passwd)
	switch uid, isNumber := number(name); {
	case entry != nil:
		id = *entry
	case isNumber:
		id.uid = uid
	default:
		if _, err := strconv.Atoi(name); err == nil {
			return id, errRange
		}
		return id, fmt.Errorf("unable to find user %s: no matching entries in passwd file", name)
	}
	return withGroups(id, groupName, hasGroup, group)
}

// withGroups sets the group named after the colon, or else the supplementary groups that name the user.
func withGroups(id identity, groupName string, hasGroup bool, group io.Reader) (identity, error) {
	gid, found := -1, false
	lines(group, func(f []string) {
		if len(f) < 3 {
			return
		}
		n, ok := number(f[2])
		if !ok {
			return
		}
		if hasGroup && !found && (f[0] == groupName || f[2] == groupName) {
			gid, found = n, true
		}
		if !hasGroup && len(f) > 3 && id.name != "" && slices.Contains(strings.Split(f[3], ","), id.name) {
			id.groups = append(id.groups, n)
		}
	})
	if !hasGroup || groupName == "" {
		return id, nil
	}
	if !found {
		if gid, found = number(groupName); !found {
			if _, err := strconv.Atoi(groupName); err == nil {
				return id, errRange
			}
			return id, fmt.Errorf("unable to find group %s: no matching entries in group file", groupName)
		}
	}
	id.gid = gid
	return id, nil
}

// findUser takes the first entry with this name, or else with this number.
func findUser(user string, passwd io.Reader) *identity {
	var byName, byNumber *identity
	lines(passwd, func(f []string) {
		if len(f) < 6 {
			return
		}
		uid, ok1 := number(f[2])
		gid, ok2 := number(f[3])
		if !ok1 || !ok2 {
			return
		}
		entry := &identity{name: f[0], uid: uid, gid: gid, home: f[5]}
		if f[0] == user && byName == nil {
			byName = entry
		}
		if f[2] == user && byNumber == nil {
			byNumber = entry
		}
	})
	if byName != nil {
		return byName
	}
	return byNumber
}

// lines gives the fields of each line of a passwd or group file.
func lines(file io.Reader, each func(fields []string)) {
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		line := strings.TrimSpace(scanner.Text())
		if line != "" && !strings.HasPrefix(line, "#") {
			each(strings.Split(line, ":"))
		}
	}
}

func number(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= maxID
}

// maxUserFile bounds how much of an image's passwd or group file is read.
const maxUserFile = 4 << 20

// open gives an image's file, or an empty one where it has none. Anything may stand at the path: what isn't a file, such
// as a pipe that nobody writes, is none.
func open(path string) io.ReadCloser {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err == nil {
		info, err := f.Stat()
		if err == nil && info.Mode().IsRegular() {
			return limited(f)
		}
		f.Close()
	}
	return nothing()
}

// opener gives an image's file by its path, or an empty one where there is none.
type opener func(path string) io.ReadCloser

// lookUpInImage looks a user and further groups up in an image's files.
func lookUpInImage(user string, groups []string, open opener) (identity, error) {
	passwd, group := open("/etc/passwd"), open("/etc/group")
	who, err := lookUp(user, passwd, group)
	passwd.Close()
	group.Close()
	if err != nil {
		return who, err
	}
	for _, name := range groups {
		group := open("/etc/group")
		gid, err := lookUpGroup(name, group)
		group.Close()
		if err != nil {
			return who, err
		}
		if !slices.Contains(who.groups, gid) {
			who.groups = append(who.groups, gid)
		}
	}
	return who, nil
}

// lookUpGroup finds a group's number by its name or its number; a number needs no entry.
func lookUpGroup(name string, group io.Reader) (int, error) {
	gid, found := -1, false
	lines(group, func(f []string) {
		if len(f) < 3 || found {
			return
		}
		if n, ok := number(f[2]); ok && (f[0] == name || f[2] == name) {
			gid, found = n, true
		}
	})
	if !found {
		gid, found = number(name)
	}
	if !found {
		return 0, fmt.Errorf("unable to find group %s: no matching entries in group file", name)
	}
	return gid, nil
}
