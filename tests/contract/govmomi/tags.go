package main

import (
	"context"
	"net/url"
	"sort"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

// tagsOf is every machine's tags as category:name, with the machine's id.
func tagsOf(ctx context.Context, client *vim25.Client, who *url.Userinfo, listed []machine) (map[string][]string, error) {
	session := rest.NewClient(client)
	if err := session.Login(ctx, who); err != nil {
		return nil, err
	}
	manager, found := tags.NewManager(session), map[string][]string{}
	for _, vm := range listed {
		attached, err := manager.GetAttachedTags(ctx, types.ManagedObjectReference{Type: "VirtualMachine", Value: vm.ID})
		if err != nil {
			return nil, err
		}
		for _, tag := range attached {
			category, err := manager.GetCategory(ctx, tag.CategoryID)
			if err != nil {
				return nil, err
			}
			found[vm.ID] = append(found[vm.ID], category.Name+":"+tag.Name)
		}
		sort.Strings(found[vm.ID])
	}
	return found, session.Logout(ctx)
}
