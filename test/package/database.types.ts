export type Database = {
  public: {
    Tables: {
      notes: {
        Row: { body: string; id: string; owner_id: string }
        Insert: { body: string; id?: string; owner_id: string }
        Update: { body?: string; id?: string; owner_id?: string }
        Relationships: []
      }
    }
    Views: { [_ in never]: never }
    Functions: { [_ in never]: never }
    Enums: { [_ in never]: never }
    CompositeTypes: { [_ in never]: never }
  }
}
