export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  // Allows to automatically instantiate createClient with right options
  // instead of createClient<Database, { PostgrestVersion: 'XX' }>(URL, KEY)
  __InternalSupabase: {
    PostgrestVersion: '12.0.2'
  }
  catalog: {
    Tables: {
      plans: {
        Row: {
          code: string
          monthly_cents: number
          name: string
          seats: number
        }
        Insert: {
          code: string
          monthly_cents: number
          name: string
          seats?: number
        }
        Update: {
          code?: string
          monthly_cents?: number
          name?: string
          seats?: number
        }
        Relationships: []
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      [_ in never]: never
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
  graphql_public: {
    Tables: {
      [_ in never]: never
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      graphql: {
        Args: {
          extensions?: Json
          operationName?: string
          query?: string
          variables?: Json
        }
        Returns: Json
      }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
  public: {
    Tables: {
      accounts: {
        Row: {
          balance_cents: number
          organization_id: string
        }
        Insert: {
          balance_cents?: number
          organization_id: string
        }
        Update: {
          balance_cents?: number
          organization_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'accounts_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: true
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      announcements: {
        Row: {
          id: string
          organization_id: string
          title: string
        }
        Insert: {
          id?: string
          organization_id: string
          title: string
        }
        Update: {
          id?: string
          organization_id?: string
          title?: string
        }
        Relationships: [
          {
            foreignKeyName: 'announcements_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      api_tokens: {
        Row: {
          id: string
          label: string
          organization_id: string
          token_hash: string
        }
        Insert: {
          id?: string
          label: string
          organization_id: string
          token_hash: string
        }
        Update: {
          id?: string
          label?: string
          organization_id?: string
          token_hash?: string
        }
        Relationships: [
          {
            foreignKeyName: 'api_tokens_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      documents: {
        Row: {
          body: string
          id: string
          owner_id: string
          project_id: string | null
          title: string
        }
        Insert: {
          body?: string
          id?: string
          owner_id?: string
          project_id?: string | null
          title: string
        }
        Update: {
          body?: string
          id?: string
          owner_id?: string
          project_id?: string | null
          title?: string
        }
        Relationships: [
          {
            foreignKeyName: 'documents_project_id_fkey'
            columns: ['project_id']
            isOneToOne: false
            referencedRelation: 'projects'
            referencedColumns: ['id']
          },
        ]
      }
      invitations: {
        Row: {
          email: string | null
          id: string
          organization_id: string
          role: string
          status: string
          token: string
        }
        Insert: {
          email?: string | null
          id?: string
          organization_id: string
          role?: string
          status?: string
          token?: string
        }
        Update: {
          email?: string | null
          id?: string
          organization_id?: string
          role?: string
          status?: string
          token?: string
        }
        Relationships: [
          {
            foreignKeyName: 'invitations_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      invoices: {
        Row: {
          id: string
          net_cents: number
          number: string
          organization_id: string
          status: string
          tax_cents: number
          total_cents: number
        }
        Insert: {
          id?: string
          net_cents: number
          number: string
          organization_id: string
          status?: string
          tax_cents?: number
          total_cents?: never
        }
        Update: {
          id?: string
          net_cents?: number
          number?: string
          organization_id?: string
          status?: string
          tax_cents?: number
          total_cents?: never
        }
        Relationships: [
          {
            foreignKeyName: 'invoices_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      memberships: {
        Row: {
          is_active: boolean
          organization_id: string
          role: string
          user_id: string
        }
        Insert: {
          is_active?: boolean
          organization_id: string
          role?: string
          user_id: string
        }
        Update: {
          is_active?: boolean
          organization_id?: string
          role?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'memberships_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      organizations: {
        Row: {
          created_at: string
          id: string
          name: string
          plan: string
        }
        Insert: {
          created_at?: string
          id?: string
          name: string
          plan?: string
        }
        Update: {
          created_at?: string
          id?: string
          name?: string
          plan?: string
        }
        Relationships: []
      }
      page_views: {
        Row: {
          path: string
          viewed_at: string
          viewer_id: string | null
        }
        Insert: {
          path: string
          viewed_at?: string
          viewer_id?: string | null
        }
        Update: {
          path?: string
          viewed_at?: string
          viewer_id?: string | null
        }
        Relationships: []
      }
      payment_receipts: {
        Row: {
          amount_cents: number
          event_id: string
          organization_id: string
          provider: string
          received_at: string
        }
        Insert: {
          amount_cents: number
          event_id: string
          organization_id: string
          provider: string
          received_at?: string
        }
        Update: {
          amount_cents?: number
          event_id?: string
          organization_id?: string
          provider?: string
          received_at?: string
        }
        Relationships: [
          {
            foreignKeyName: 'payment_receipts_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'accounts'
            referencedColumns: ['organization_id']
          },
        ]
      }
      posts: {
        Row: {
          author_id: string
          id: string
          status: string
          title: string
        }
        Insert: {
          author_id?: string
          id?: string
          status?: string
          title: string
        }
        Update: {
          author_id?: string
          id?: string
          status?: string
          title?: string
        }
        Relationships: []
      }
      processing_jobs: {
        Row: {
          claimed_by: string | null
          id: number
          kind: string
          payload: Json
          status: string
        }
        Insert: {
          claimed_by?: string | null
          id?: never
          kind: string
          payload?: Json
          status?: string
        }
        Update: {
          claimed_by?: string | null
          id?: never
          kind?: string
          payload?: Json
          status?: string
        }
        Relationships: []
      }
      profiles: {
        Row: {
          display_name: string
          id: string
          is_staff: boolean
          organization_id: string | null
          phone: string | null
          user_id: string
        }
        Insert: {
          display_name: string
          id?: string
          is_staff?: boolean
          organization_id?: string | null
          phone?: string | null
          user_id?: string
        }
        Update: {
          display_name?: string
          id?: string
          is_staff?: boolean
          organization_id?: string | null
          phone?: string | null
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'profiles_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      projects: {
        Row: {
          id: string
          name: string
          organization_id: string
          slug: string
          status: string
        }
        Insert: {
          id?: string
          name: string
          organization_id: string
          slug: string
          status?: string
        }
        Update: {
          id?: string
          name?: string
          organization_id?: string
          slug?: string
          status?: string
        }
        Relationships: [
          {
            foreignKeyName: 'projects_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      purchase_requests: {
        Row: {
          amount_cents: number
          asked_by: string | null
          id: string
          organization_id: string
          status: string
        }
        Insert: {
          amount_cents: number
          asked_by?: string | null
          id?: string
          organization_id: string
          status?: string
        }
        Update: {
          amount_cents?: number
          asked_by?: string | null
          id?: string
          organization_id?: string
          status?: string
        }
        Relationships: [
          {
            foreignKeyName: 'purchase_requests_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      seats: {
        Row: {
          device: string
          id: string
          organization_id: string
          user_id: string
        }
        Insert: {
          device: string
          id?: string
          organization_id: string
          user_id: string
        }
        Update: {
          device?: string
          id?: string
          organization_id?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'seats_organization_id_fkey'
            columns: ['organization_id']
            isOneToOne: false
            referencedRelation: 'organizations'
            referencedColumns: ['id']
          },
        ]
      }
      task_effects: {
        Row: {
          created_at: string
          fence: number
          result: string
          task_id: number
        }
        Insert: {
          created_at?: string
          fence: number
          result: string
          task_id: number
        }
        Update: {
          created_at?: string
          fence?: number
          result?: string
          task_id?: number
        }
        Relationships: [
          {
            foreignKeyName: 'task_effects_task_id_fkey'
            columns: ['task_id']
            isOneToOne: true
            referencedRelation: 'tasks'
            referencedColumns: ['id']
          },
        ]
      }
      tasks: {
        Row: {
          attempts: number
          fence: number
          id: number
          kind: string
          leased_until: string | null
          payload: Json
          status: string
          worker: string | null
        }
        Insert: {
          attempts?: number
          fence?: number
          id?: never
          kind: string
          leased_until?: string | null
          payload?: Json
          status?: string
          worker?: string | null
        }
        Update: {
          attempts?: number
          fence?: number
          id?: never
          kind?: string
          leased_until?: string | null
          payload?: Json
          status?: string
          worker?: string | null
        }
        Relationships: []
      }
      webhook_receipts: {
        Row: {
          event_id: string
          payload: Json
          provider: string
          received_at: string
        }
        Insert: {
          event_id: string
          payload?: Json
          provider: string
          received_at?: string
        }
        Update: {
          event_id?: string
          payload?: Json
          provider?: string
          received_at?: string
        }
        Relationships: []
      }
    }
    Views: {
      invoice_totals: {
        Row: {
          invoices: number | null
          organization_id: string | null
          total_cents: number | null
        }
        Relationships: []
      }
    }
    Functions: {
      accept_invitation: {
        Args: { invitation_token: string }
        Returns: undefined
      }
      archive_project: {
        Args: { project_id: string }
        Returns: undefined
      }
      can_publish: {
        Args: never
        Returns: boolean
      }
      claim_job: {
        Args: {
          job_kind: string
          worker: string
        }
        Returns: {
          claimed_by: string | null
          id: number
          kind: string
          payload: Json
          status: string
        }[]
        SetofOptions: {
          from: '*'
          to: 'processing_jobs'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      claim_task: {
        Args: {
          lease?: unknown
          task_kind: string
          worker_name: string
        }
        Returns: {
          attempts: number
          fence: number
          id: number
          kind: string
          leased_until: string | null
          payload: Json
          status: string
          worker: string | null
        }[]
        SetofOptions: {
          from: '*'
          to: 'tasks'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      finish_task: {
        Args: {
          outcome: string
          task_id: number
          token: number
        }
        Returns: undefined
      }
      leave_organization: {
        Args: { organization_id: string }
        Returns: undefined
      }
      my_organizations: {
        Args: never
        Returns: {
          created_at: string
          id: string
          name: string
          plan: string
        }[]
        SetofOptions: {
          from: '*'
          to: 'organizations'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      my_profiles: {
        Args: never
        Returns: {
          display_name: string
          id: string
          is_staff: boolean
          organization_id: string | null
          phone: string | null
          user_id: string
        }[]
        SetofOptions: {
          from: '*'
          to: 'profiles'
          isOneToOne: false
          isSetofReturn: true
        }
      }
      receive_payment: {
        Args: {
          amount_cents: number
          event_id: string
          organization_id: string
          provider: string
        }
        Returns: boolean
      }
      spend: {
        Args: {
          amount_cents: number
          organization_id: string
        }
        Returns: number
      }
      take_seat: {
        Args: {
          device: string
          organization_id: string
        }
        Returns: string
      }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}
